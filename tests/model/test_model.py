"""The network: shapes, the reference architecture, saving, and what each option does."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from autoencoder import Autoencoder, ModelConfig
from autoencoder.model.config import NOTEBOOK

SMALL = {"encoder_widths": (32,), "decoder_widths": (32,), "sine_features": 16}


def images(count=4, seed=0):
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(refine_steps=2, refine_noisy=True),
        NOTEBOOK,
        ModelConfig(latent_dim=64, linear_path=True, sine_features=0, normalize_code=False),
        ModelConfig(latent_dim=8, front_channels=4, back_channels=4, linear_path=True),
    ],
)
def test_forward_gives_reconstruction_in_range_and_code(config):
    model = Autoencoder(config).eval()
    reconstruction, z = model(images())
    assert reconstruction.shape == (4, 1, 28, 28)
    assert z.shape == (4, config.latent_dim)
    assert 0 <= reconstruction.min() <= reconstruction.max() <= 1
    assert torch.equal(reconstruction, model.decode(model.encode(images())))


@pytest.mark.parametrize("channels", [0, 4])
def test_no_image_has_no_code_and_one_that_is_no_number_no_number(channels):
    prior = {"refine_steps": 2, "refine_noisy": True, "code_prior": True, "normalize_code": False}
    model = Autoencoder(ModelConfig(latent_dim=8, front_channels=channels, back_channels=channels, **prior)).eval()
    reconstruction, z = model(torch.zeros(0, 1, 28, 28))
    assert (reconstruction.shape, z.shape) == ((0, 1, 28, 28), (0, 8))
    assert model.encode(torch.full((1, 1, 28, 28), math.nan)).isnan().all()


def test_notebook_preset_is_the_reference_layer_by_layer():
    model = Autoencoder(NOTEBOOK)
    linear = [(m.in_features, m.out_features) for m in model.modules() if isinstance(m, nn.Linear)]
    down = [784, 512, 256, 128, 64, 32, 16, 8, 4, 2]
    up = [2, 4, 8, 16, 32, 64, 128, 256, 512, 784]
    assert linear == [*pairwise(down), *pairwise(up)]
    encoder = [type(m).__name__ for m in model.encoder]
    assert encoder == [
        "Flatten",
        "Linear",
        "BatchNorm1d",
        "ReLU",
        "Dropout",
        *["Linear", "BatchNorm1d", "ReLU"] * 7,
        "Linear",
    ]
    decoder = [type(m).__name__ for m in model.decoder]
    assert decoder == [*["Linear", "BatchNorm1d", "ReLU"] * 8, "Linear", "Sigmoid", "Unflatten"]
    assert [m.p for m in model.modules() if isinstance(m, nn.Dropout)] == [0.1]
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(1.16e6, rel=0.02)


@pytest.mark.parametrize("channels", [0, 4])
def test_saved_model_comes_back_equal_and_with_its_config(channels, tmp_path):
    """Convolutions, which lie in memory otherwise than the file has them, too."""
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(latent_dim=3, front_channels=channels, back_channels=channels, **SMALL)).eval()
    model.save_pretrained(tmp_path)
    again = Autoencoder.from_pretrained(tmp_path).eval()
    assert again.config == model.config
    assert torch.equal(again(images())[0], model(images())[0])


def test_default_model_can_be_saved_and_loaded(tmp_path):
    Autoencoder().save_pretrained(tmp_path)
    assert Autoencoder.from_pretrained(tmp_path).config == ModelConfig()


def test_codes_are_normalised_over_a_training_batch():
    z = Autoencoder(ModelConfig(**SMALL)).train().encode(images(256))
    assert z.mean(0).abs().max() < 1e-4
    assert torch.allclose(z.std(0, correction=0), torch.ones(2), atol=0.05)


def test_linear_path_starts_at_pca():
    """With the deep layers silenced, the start reconstructs as PCA by an independent SVD does."""
    x = images(300)
    model = Autoencoder(
        ModelConfig(
            latent_dim=5,
            linear_path=True,
            encoder_widths=(8,),
            decoder_widths=(8,),
            sine_features=0,
            normalize_code=False,
        )
    ).eval()
    model.start_from(x)
    with torch.no_grad():
        model.encoder[-1].weight.zero_()
        model.decoder[-2].weight.zero_()
    centred = x.flatten(1) - x.flatten(1).mean(0)
    basis = torch.linalg.svd(centred, full_matrices=False).Vh[:5]
    expected = (centred @ basis.T @ basis + x.flatten(1).mean(0)).clamp(0, 1)
    assert torch.allclose(model(x)[0].flatten(1), expected, atol=1e-3)


def test_convolutions_at_either_end_start_as_the_identity():
    """Training therefore begins where the network without them does: near PCA."""
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(front_channels=4, back_channels=4, **SMALL)).eval()
    bare = Autoencoder(ModelConfig(**SMALL)).eval()
    bare.load_state_dict({name: value for name, value in model.state_dict().items() if name in bare.state_dict()})
    assert torch.equal(model(images())[0], bare(images())[0])


@pytest.mark.parametrize("end", ["front", "back"])
def test_a_convolution_sees_the_surroundings_of_a_pixel(end):
    """A trained U-Net's output at the centre depends on pixels three away, and stays the size of the image."""
    torch.manual_seed(0)
    unet = getattr(Autoencoder(ModelConfig(**{f"{end}_channels": 4}, **SMALL)).eval(), end)
    nn.init.normal_(unet.merge[-2].weight)
    x = images(1).requires_grad_()
    out = unet(x)
    (gradient,) = torch.autograd.grad(out[0, 0, 14, 14], x)
    assert out.shape == x.shape
    assert gradient[0, 0, 11, 17] != 0


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (2, 3, 28, 28), (2, 1, 32, 32)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(B, 1, 28, 28\)"):
        Autoencoder(ModelConfig(**SMALL)).encode(torch.zeros(shape))


def test_codes_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"\(B, 2\)"):
        Autoencoder(ModelConfig(**SMALL)).decode(torch.zeros(4, 3))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latent_dim", 0),
        ("encoder_widths", (0,)),
        ("dropout", 1.0),
        ("sine_features", -1),
        ("sine_scale", 0.0),
        ("front_channels", -1),
        ("refine_steps", -1),
        ("refine_steps", 10**9),
        ("latent_dim", 10**400),
        ("encoder_widths", (10**30,)),
        ("decoder_widths", (1,) * 100_000),
        ("decoder_widths", (8_000,) * 4),
        ("sine_scale", float("nan")),
        ("unet_depth", 10**6),
    ],
)
def test_impossible_shapes_are_refused_by_their_name(field, value):
    """Not as an option: a command line has none of that name."""
    with pytest.raises(ValueError, match=rf"(?<!-)\b{field}\b"):
        ModelConfig(**{field: value})


def test_refinement_needs_codes_of_known_scale():
    with pytest.raises(ValueError, match="refine_steps needs normalize_code"):
        ModelConfig(refine_steps=1, normalize_code=False)
