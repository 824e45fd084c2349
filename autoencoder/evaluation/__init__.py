"""How good a model is: scores, map quality, baselines, figures."""
