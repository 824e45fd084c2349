"""Measurements, each a command: of the running product, of trainings, of other methods."""
