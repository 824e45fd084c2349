"""The folder of a trained model: save, load, validate, export."""
