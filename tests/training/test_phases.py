"""The phases of a training: each fits its own part of the network, and together they draw better maps."""

from dataclasses import replace

import pytest
import torch

from autoencoder import ModelConfig, metrics
from autoencoder.data.dataset import validation_split
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.assignment import best_codes, box_of
from autoencoder.training.distributed import Processes
from autoencoder.training.fit import fit
from autoencoder.training.recipes import Recipe
from autoencoder.training.training_run import TrainingRun

RECIPE = Recipe(
    model=ModelConfig(
        encoder_widths=(64, 64), decoder_widths=(64, 64), sine_features=64, refine_steps=2, search_cells=24
    ),
    epochs=2,
    decoder_epochs=3,
    encoder_epochs=1,
    batch_size=128,
    validation_size=500,
)


@pytest.fixture(scope="module")
def splits(fashion):
    train, validation = validation_split(fashion.train.subset(slice(4_000)), size=500)
    return train.images, validation.images


@pytest.fixture(scope="module")
def fitted(splits):
    return fit(RECIPE, *splits, seed=0)


@pytest.fixture(scope="module")
def joint(splits):
    """As many epochs, all of them joint."""
    return fit(replace(RECIPE, epochs=6, decoder_epochs=0, encoder_epochs=0), *splits, seed=0)


def test_the_log_names_the_phases_in_their_order(fitted):
    assert [epoch.phase for epoch in fitted.history] == ["joint"] * 2 + ["decoder"] * 3 + ["encoder"]
    assert [epoch.epoch for epoch in fitted.history] == [1, 2, 3, 4, 5, 6]
    assert fitted.best_epoch == 6


def test_with_its_phases_a_training_draws_images_it_never_saw_better_than_joint_epochs_alone(fitted, joint, splits):
    with torch.inference_mode():
        errors = [metrics.mse(each.model(splits[1])[0], splits[1]).mean().item() for each in (fitted, joint)]
    assert errors[0] < 0.95 * errors[1]


def test_without_a_decoder_phase_the_plane_that_is_searched_still_holds_the_codes(joint, splits):
    model = joint.model
    with torch.inference_mode():
        codes = model.encode(splits[0], refined=False)
    low, high = model.code_box
    assert ((codes > low) & (codes < high)).all(1).float().mean() > 0.97
    assert not torch.equal(model.code_box, torch.tensor([[-2.0, -2.0], [2.0, 2.0]]))


def test_each_phase_leaves_the_other_part_of_the_network_alone(splits):
    run = TrainingRun(RECIPE, splits[0], 0, Processes(), Arithmetic())
    changed = []
    for _ in range(3):
        before = {name: value.clone() for name, value in run.model.state_dict().items()}
        run.epoch(lambda *_: None, lambda: False)
        after = run.model.state_dict()
        changed.append({name.split(".")[0] for name in after if not torch.equal(after[name], before[name])})
        if not run.is_last_phase:
            run.advance()
    assert changed == [{"encoder", "code_norm", "decoder"}, {"decoder", "code_box"}, {"encoder"}]


def test_no_code_of_a_fine_grid_is_better_than_the_assigned_one(fitted, splits):
    """Oracle: every pixel of every cell. Gauss-Newton steps may only improve on the cells."""
    model, images = fitted.model, splits[1][:100]
    steps = torch.linspace(0, 1, 24)
    low, high = model.code_box
    with torch.inference_mode():
        cells = model.decode(torch.cartesian_prod(steps, steps) * (high - low) + low).flatten(1)
        least = (images.flatten(1)[:, None] - cells).square().mean(2).amin(1)
        found = metrics.mse(model.decode(best_codes(model, images)), images)
    assert found.mean() < least.mean()
    assert (found < 1.05 * least).double().mean() > 0.95


def test_the_box_holds_nearly_all_codes_and_single_ones_do_not_stretch_it():
    codes = torch.rand(10_000, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([2.0, 4.0])
    codes[0] = 1e3
    low, high = box_of(codes)
    assert torch.allclose(low, torch.zeros(2), atol=0.02)
    assert torch.allclose(high, torch.tensor([2.0, 4.0]), atol=0.02)


def test_where_only_the_encoder_is_fitted_last_the_plane_that_is_searched_holds_its_codes(splits):
    model = fit(replace(RECIPE, decoder_epochs=0), *splits, seed=0).model
    with torch.inference_mode():
        codes = model.encode(splits[0], refined=False)
    low, high = model.code_box
    assert not torch.equal(model.code_box, torch.tensor([[-2.0, -2.0], [2.0, 2.0]]))
    assert ((codes > low) & (codes < high)).all(1).float().mean() > 0.9
