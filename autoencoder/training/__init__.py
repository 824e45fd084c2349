"""How models are trained: options, recipes, losses, optimizers, loop, resumption, processes."""
