"""An encoder of one's own: one class and one entry, then trained, saved, loaded and asked like any other."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from autoencoder import Autoencoder, ModelConfig, metrics
from autoencoder.data import loading
from autoencoder.model.layers import ENCODERS
from autoencoder.training.fit import fit
from autoencoder.training.recipes import PRESETS
from autoencoder.weights import checkpoint


class ConvolutionalEncoder(nn.Module):
    """Two strided convolutions and a linear layer."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.code = nn.Linear(16 * 7 * 7, config.latent_dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.code(self.features(x).flatten(1))


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(ENCODERS, "convolutional", ConvolutionalEncoder)


def test_it_trains_and_comes_back_from_its_folder(small_set, tmp_path):
    images = loading.load(small_set).train.images
    train, held_out = images[:1500], images[1500:]
    phases = {"epochs": 3, "decoder_epochs": 1, "encoder_epochs": 1}
    recipe = replace(PRESETS["fast"]["denoising"], **phases, batch_size=100, validation_size=len(held_out))
    small = {"decoder_widths": (128, 128), "sine_features": 64, "search_cells": 16}
    recipe = replace(recipe, model=replace(recipe.model, encoder="convolutional", **small))
    model = fit(recipe, train, held_out, seed=0).model
    assert isinstance(model.encoder, ConvolutionalEncoder)
    with torch.inference_mode():
        reconstruction, z = model(held_out)
        mean_image = train.mean(0, keepdim=True).expand_as(held_out)
        assert metrics.mse(reconstruction, held_out).mean() < 0.8 * metrics.mse(mean_image, held_out).mean()
        model.save_pretrained(tmp_path)
        for loaded in (Autoencoder.from_pretrained(tmp_path).eval(), checkpoint.load_model(tmp_path)):
            assert isinstance(loaded.encoder, ConvolutionalEncoder)
            assert torch.equal(loaded.encode(held_out), z)


def test_a_name_that_is_not_registered_is_refused_by_name(tmp_path, monkeypatch):
    Autoencoder(ModelConfig(encoder="convolutional")).save_pretrained(tmp_path)
    monkeypatch.delitem(ENCODERS, "convolutional")
    with pytest.raises(ValueError, match="no encoder or decoder 'convolutional': choose one of dense"):
        Autoencoder(ModelConfig(encoder="convolutional"))
    with pytest.raises(checkpoint.CheckpointError, match="convolutional"):
        checkpoint.load_model(tmp_path)


def test_a_linear_path_needs_the_dense_layers():
    with pytest.raises(ValueError, match="linear_path needs the dense"):
        ModelConfig(encoder="convolutional", linear_path=True)
