"""Values that the report derives from the recorded numbers: which method beats which, and at which width."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autoencoder.inference.engine import Engine
from autoencoder.weights import reference_results
from autoencoder.weights.records import (
    REPORTED_LEVELS,
    Amortisation,
    Baselines,
    Data,
    Epoch,
    Interval,
    MapQuality,
    Maps,
    Scores,
    Sweep,
    Training,
)
from autoencoder.weights.reference_results import Published

_NOISY: Final = REPORTED_LEVELS[1:]


@dataclass(frozen=True)
class Measured:
    """A model whose record is complete enough for the report."""

    results: Mapping[str, Scores]
    training: Training
    torch: str
    data: Data
    map: MapQuality | None
    amortisation: Amortisation

    @property
    def images(self) -> int:
        """Test images that it was measured on; 0 if that was not recorded."""
        return self.results["0"].mse.n

    @property
    def level(self) -> str:
        """Noise level to judge it at: a model that was never shown noise is judged on clean images."""
        return "0.25" if self.training.recipe.noise_high else "0"


@dataclass(frozen=True)
class Method:
    """A way to denoise, ours or a simple one."""

    name: str
    is_ours: bool
    mse: tuple[Interval, ...]
    """At each of the reported levels."""
    verdict: str
    """Which simple methods beat it; empty for those."""


def measured(engine: Engine) -> dict[str, Measured]:
    """The models with results, training and versions, by name."""
    return {
        name: Measured(
            record.results, record.training, record.versions.torch, record.data, record.map,
            record.amortisation or Amortisation(),
        )
        for name, record in ((name, each.metrics) for name, each in engine.checkpoints.items())
        if record.results and record.training and record.versions
    }  # fmt: skip


def methods(models: Mapping[str, Measured], baselines: Baselines) -> list[Method]:
    """Ours and the simple methods, best first at noise 0.25."""
    simple = {
        name: tuple(baselines.root[level][name].mse for level in REPORTED_LEVELS)
        for name in sorted(baselines.root["0.25"], key=lambda name: baselines.root["0.25"][name].mse.mean)
    }
    ours = {name: tuple(each.results[level].mse for level in REPORTED_LEVELS) for name, each in models.items()}
    found = [Method(name, False, errors, "") for name, errors in simple.items()]
    found += [Method(name, True, errors, _verdict(errors, simple)) for name, errors in ours.items()]
    return sorted(found, key=lambda method: method.mse[1].mean)


def _verdict(errors: Sequence[Interval], simple: Mapping[str, Sequence[Interval]]) -> str:
    clauses = []
    for i, level in enumerate(_NOISY, 1):
        better = [name for name, rival in simple.items() if rival[i].mean < errors[i].mean]
        beaten = (
            f"{', '.join(better)} {'beats' if len(better) == 1 else 'beat'} it" if better else "nothing here beats it"
        )
        clauses.append(f"at noise {level} {beaten}")
    return "; ".join(clauses)


def other_maps(fitted: Maps | None) -> list[Published]:
    """Maps by others: as published, and as fitted here to the same images."""
    methods = fitted.methods if fitted else {}
    ours = [
        Published(f"{name}, fitted here", each.mse.mean if each.mse else None, each.map.knn5_accuracy,
                  each.map.trustworthiness)
        for name, each in methods.items()
    ]  # fmt: skip
    return [*reference_results.MAPS, *ours]


def sweep_verdict(sweep: Sweep) -> str:
    """Up to which width the network beats PCA on clean images."""
    wins = [row.latent_dim for row in sweep.rows if row.autoencoder_clean.mean < row.pca_clean.mean]
    return "at every width" if len(wins) == len(sweep.rows) else f"up to {max(wins, default=0)} numbers"


def by_epoch(histories: Mapping[str, Sequence[Epoch]]) -> list[tuple[int, list[float | None]]]:
    """Each epoch with the validation error of each training, None of those that have no such epoch."""
    errors = [{row.epoch: row.validation_mse for row in rows} for rows in histories.values()]
    return [(epoch, [each.get(epoch) for each in errors]) for epoch in sorted({key for each in errors for key in each})]
