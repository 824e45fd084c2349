"""Gradients computed directly, flat parameters and the shortening of gradients against torch's own."""

import copy
import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autoencoder.model import dense
from autoencoder.model.dense import Dense
from autoencoder.model.network import NOTEBOOK, ModelConfig
from autoencoder.training.execution import Execution
from autoencoder.training.fit import fit
from autoencoder.training.flat import Flat
from autoencoder.training.losses import reconstruction_loss
from autoencoder.training.optimizers import clip
from autoencoder.training.recipes import Recipe


def stack(dropout=0.0):
    torch.manual_seed(0)
    hidden = [nn.Linear(12, 9), nn.BatchNorm1d(9), nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]
    middle = [nn.Linear(9, 7), nn.BatchNorm1d(7), nn.ReLU()]
    return Dense(nn.Flatten(), *hidden, *middle, nn.Linear(7, 5), nn.Sigmoid()).double()


def batch(count=16, *, wants_gradient=False):
    x = torch.randn(count, 3, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x.requires_grad_(wants_gradient)


@pytest.mark.parametrize("wants_gradient", [False, True])
def test_direct_results_gradients_and_statistics_are_those_of_autograd(wants_gradient):
    usual = stack()
    direct = copy.deepcopy(usual)
    direct.compute_directly()
    for _ in range(2):  # the second backward pass replaces what the first left
        usual.zero_grad()
        x, y = batch(wants_gradient=wants_gradient), batch(wants_gradient=wants_gradient)
        expected, got = usual(x), direct(y)
        torch.testing.assert_close(got, expected)
        expected.square().sum().backward()
        got.square().sum().backward()
    if wants_gradient:
        torch.testing.assert_close(y.grad, x.grad)
    for (name, one), other in zip(usual.named_parameters(), direct.parameters(), strict=True):
        is_before_norm = name in ("1.bias", "4.bias")
        torch.testing.assert_close(
            torch.zeros_like(other) if other.grad is None else other.grad,
            one.grad,
            rtol=1e-6,
            atol=1e-12 if is_before_norm else 1e-9,
        )
    for one, other in zip(usual.buffers(), direct.buffers(), strict=True):
        torch.testing.assert_close(other, one)


def test_a_direct_stack_in_eval_mode_is_the_usual_one():
    usual = stack(0.1).eval()
    direct = copy.deepcopy(usual)
    direct.compute_directly()
    assert torch.equal(direct(batch()), usual(batch()))


def test_direct_dropout_drops_its_share_and_scales_what_stays():
    kept = dense._kept(torch.empty(999, 1001), 0.1)
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.9])
    assert (kept == 0).double().mean().item() == pytest.approx(0.1, abs=0.002)
    assert kept.mean().item() == pytest.approx(1, abs=0.002)
    by_place = (kept == 0).double().mean(0)
    assert by_place.max() < 0.16  # no place is favoured: 5 standard deviations are 0.147
    assert by_place.min() > 0.05


def test_gradients_pass_where_dropout_let_values_pass():
    """Against finite differences, with the same units dropped each time."""
    direct = stack(0.5)
    direct.compute_directly()

    def loss(x):
        torch.manual_seed(3)
        return direct(x).square().sum()

    x = batch(wants_gradient=True)
    loss(x).backward()
    direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    step = 1e-6
    with torch.no_grad():
        slope = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
    assert (x.grad * direction).sum().item() == pytest.approx(slope.item(), rel=1e-5)


def test_a_step_leaves_no_memory_to_the_garbage_collector():
    """Python's collector comes late: 400 MB a second stayed behind when a graph held its own result."""
    direct = stack()
    direct.compute_directly()
    gc.disable()
    try:
        result = direct(batch())
        node = weakref.ref(result.grad_fn.next_functions[0][0])
        assert node() is not None
        result.sum().backward()
        del result
        assert node() is None
    finally:
        gc.enable()


def test_whoever_trains_the_whole_trains_the_parts():
    parts = [nn.Parameter(torch.full((2, 3), 1.0)), nn.Parameter(torch.full((4,), 2.0))]
    flat = Flat(parts)
    assert flat.whole.tolist() == [1.0] * 6 + [2.0] * 4
    (parts[0].sum() * 3 + parts[1].sum() * 5).backward()
    assert flat.gradient.tolist() == [3.0] * 6 + [5.0] * 4
    torch.optim.SGD([flat.whole], lr=1.0).step()
    assert parts[0].eq(-2).all()
    assert parts[1].eq(-3).all()


def test_clearing_spares_the_gradients_that_are_replaced():
    added, replaced = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
    flat = Flat([replaced, added], [replaced])
    flat.gradient.fill_(7)
    flat.clear()
    assert added.grad.tolist() == [0, 0]
    assert replaced.grad.tolist() == [7, 7, 7]


def test_flat_parameters_keep_their_layout_in_memory():
    convolution = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    before = convolution.weight.detach().clone()
    Flat(list(convolution.parameters()))
    assert convolution.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(convolution.weight, before)


@pytest.mark.parametrize("longest", [0.5, 100.0])
def test_gradients_are_shortened_as_torch_does(longest):
    parts = [nn.Parameter(torch.zeros(5)), nn.Parameter(torch.zeros(3, 2))]
    for part in parts:
        part.grad = torch.randn(part.shape, generator=torch.Generator().manual_seed(len(part)))
    own = [part.grad.clone() for part in parts]
    clip(own, longest)
    nn.utils.clip_grad_norm_(parts, longest)
    for one, part in zip(own, parts, strict=True):
        torch.testing.assert_close(one, part.grad)


@pytest.mark.parametrize("l1_weight", [0.0, 0.3, 1.0])
def test_reconstruction_loss_has_autograds_value_and_gradient(l1_weight):
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(3, 1, 28, 28, generator=generator, dtype=torch.float64)
    x = torch.rand(3, 1, 28, 28, generator=generator, dtype=torch.float64)
    x[0] = target[0]  # no error: no slope
    one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    loss = 2 * reconstruction_loss(one, target, l1_weight)
    expected = 2 * ((1 - l1_weight) * F.mse_loss(other, target) + l1_weight * F.l1_loss(other, target))
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item())
    torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize(
    "model", [ModelConfig(encoder_widths=(32, 16), decoder_widths=(16,)), NOTEBOOK], ids=["ours", "notebook"]
)
def test_training_directly_comes_to_the_same_network(model, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(256, 1, 28, 28, generator=generator)
    # Without dropout, for the two ways draw it differently.
    model = ModelConfig(**{**vars(model), "dropout": 0.0})
    recipe = Recipe(model=model, epochs=2, batch_size=64, noise_low=0.25, noise_high=0.25, l1_weight=0.3, clip_norm=1)
    direct = fit(recipe, images, images[:32], 0, execution=Execution("float32"))
    with monkeypatch.context() as patch:
        patch.setattr(Dense, "compute_directly", lambda *_: [])
        usual = fit(recipe, images, images[:32], 0, execution=Execution("float32"))
    assert direct.history[-1].train_loss == pytest.approx(usual.history[-1].train_loss, rel=1e-3)
    # Autograd's rounding moves the biases before BatchNorm, which running means follow late.
    assert direct.history[-1].validation_mse == pytest.approx(usual.history[-1].validation_mse, rel=5e-3)
    assert direct.history[0].train_loss != usual.history[0].train_loss  # or nothing was compared
