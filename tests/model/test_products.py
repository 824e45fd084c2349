"""Products with rounded factors, and which of a training's are rounded."""

import copy
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from autoencoder.model import products
from autoencoder.model.dense import Dense
from autoencoder.model.network import ModelConfig
from autoencoder.training import sweep
from autoencoder.training.distributed import Peers
from autoencoder.training.execution import Execution
from autoencoder.training.fit import fit
from autoencoder.training.loop import TrainingRun
from autoencoder.training.optimizers import Muon
from autoencoder.training.recipes import Recipe

HAS_UNIT = products.are_quicker_rounded()
ROUNDING = 2.0**-8
"""Greatest relative error of a number rounded to bfloat16."""


def matrices():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(96, 200, generator=generator), torch.randn(160, 200, generator=generator)


def distance(one, other):
    return ((one.double() - other.double()).norm() / other.double().norm()).item()


def test_rounded_products_are_those_of_bfloat16_factors_summed_without_rounding():
    x, weight = matrices()
    exact = x.double() @ weight.double().t()
    rough = x.bfloat16().double() @ weight.bfloat16().double().t()
    with products.rounded():
        got = x @ weight.t()
    assert got.dtype == torch.float32
    # Where there is no unit nobody asks for rounding, and torch may leave it out.
    assert min(distance(got, rough), 1 if HAS_UNIT else distance(got, exact)) < 1e-6
    assert 1e-4 < distance(rough, exact) < ROUNDING


@pytest.mark.parametrize("wanted", [True, False])
def test_products_are_exact_again_afterwards_even_after_an_error(wanted):
    x, weight = matrices()
    setting = torch.backends.mkldnn.matmul
    before = setting.fp32_precision
    seen = []

    def fail():
        with products.rounded(wanted):
            seen.append(setting.fp32_precision)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == ["bf16" if wanted else before]
    assert setting.fp32_precision == before != "bf16"
    assert distance(x @ weight.t(), x.double() @ weight.double().t()) < 1e-6


def stack(*widths):
    torch.manual_seed(0)
    modules = []
    for inputs, outputs in pairwise(widths[:-1]):
        modules += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
    return Dense(*modules, nn.Linear(*widths[-2:]))


def results(model, x, *, rounded):
    model = copy.deepcopy(model)
    model.compute_directly(rounded)
    y = model(x)
    y.square().sum().backward()
    return [y.detach(), *(parameter.grad for parameter in model.parameters() if parameter.grad is not None)]


def test_only_wide_layers_round():
    """The narrow ones carry the digits of the code."""
    x = torch.randn(64, 100, generator=torch.Generator().manual_seed(1))
    narrow = stack(100, 300, 127, 127, 300, 2, 784)
    assert all(map(torch.equal, results(narrow, x, rounded=True), results(narrow, x, rounded=False)))


def test_results_and_gradients_of_rounded_layers_are_off_by_little():
    x = torch.randn(64, 128, generator=torch.Generator().manual_seed(1))
    wide = stack(128, 256, 128, 128)
    rough, exact = results(wide, x, rounded=True), results(wide, x, rounded=False)
    assert len(exact) == 9  # of one layer without BatchNorm and two with it
    far = [distance(one, other) for one, other in zip(rough, exact, strict=True)]
    # One unit in 250 lies so near to 0 that it opens or closes: in all by the root of that.
    assert max(far) < 0.1
    assert not HAS_UNIT or min(far[:2]) > 1e-5


def test_muon_rounds_wide_matrices_only_and_turns_them_by_little():
    generator = torch.Generator().manual_seed(0)
    gradients = torch.randn(128, 160, generator=generator), torch.randn(64, 160, generator=generator)

    def moved(*, rounded):
        parameters = [nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        Muon(parameters, lr=1.0, weight_decay=0.0, rounded=rounded).step()
        return [parameter.detach() for parameter in parameters]

    rough, exact = moved(rounded=True), moved(rounded=False)
    assert torch.equal(rough[1], exact[1])
    assert distance(rough[0], exact[0]) < 8 * ROUNDING
    assert not HAS_UNIT or distance(rough[0], exact[0]) > 1e-5


@pytest.mark.parametrize("has_unit", [True, False])
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_layers_and_muon_are_told_alike(precision, has_unit, monkeypatch):
    told = []
    direct, muon = Dense.compute_directly, Muon.__init__

    def compute_directly(self, rounded=False):
        told.append(rounded)
        return direct(self, rounded)

    def start(self, *values, rounded=False, **named):
        told.append(rounded)
        muon(self, *values, rounded=rounded, **named)

    monkeypatch.setattr(products, "are_quicker_rounded", lambda: has_unit)
    monkeypatch.setattr(Dense, "compute_directly", compute_directly)
    monkeypatch.setattr(Muon, "__init__", start)
    TrainingRun(Recipe(batch_size=8), torch.rand(16, 1, 28, 28), 0, Peers(), Execution(precision))
    assert told == 3 * [precision == "auto" and has_unit]  # encoder, decoder, Muon


def test_no_training_rounds_that_others_share_or_that_torch_compiles_or_a_gpu_computes(monkeypatch):
    monkeypatch.setattr(products, "are_quicker_rounded", lambda: True)
    cpu = torch.device("cpu")
    assert Execution().is_rounded(cpu, Peers())
    assert not Execution().is_rounded(cpu, Peers(0, 2))
    assert not Execution(compile=True).is_rounded(cpu, Peers())
    assert not Execution().is_rounded(torch.device("cuda"), Peers())


def test_the_sweep_trains_as_it_is_told(monkeypatch):
    told = []

    def trained(recipe, train, validation, seed, hooks, execution):
        told.append(execution)
        return fit(replace(recipe, epochs=1), train, validation, seed, execution=execution)

    monkeypatch.setattr(sweep, "fit", trained)
    monkeypatch.setattr(sweep, "LATENT_DIMS", (2,))
    images = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    sweep.measure(images, images, images, execution=Execution("float32"))
    assert told == [Execution("float32")]


def test_trainings_round_where_the_unit_is_and_nothing_else_was_asked_for(monkeypatch):
    images = torch.rand(256, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    shape = ModelConfig(encoder_widths=(256, 128, 16), decoder_widths=(16, 128, 256))
    recipe = Recipe(model=shape, epochs=2, batch_size=64, noise_low=0.25, noise_high=0.25)

    def loss(precision, *, unit):
        monkeypatch.setattr(products, "are_quicker_rounded", lambda: unit)
        return fit(recipe, images, images[:32], 0, execution=Execution(precision)).history[-1].train_loss

    exact = loss("float32", unit=False)
    assert loss("float32", unit=True) == exact
    assert loss("auto", unit=False) == exact
    rough = loss("auto", unit=True)
    assert rough == pytest.approx(exact, rel=0.02)
    assert not HAS_UNIT or rough != exact
