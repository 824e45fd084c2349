"""Datasets in memory, and pictures prepared to be like theirs."""
