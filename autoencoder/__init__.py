"""Autoencoders on Fashion-MNIST: see what a two-number bottleneck keeps of a garment."""

from autoencoder import metrics
from autoencoder.model.config import ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.noise import corrupt

__all__ = ["Autoencoder", "ModelConfig", "corrupt", "metrics"]
