"""How much the numbers depend on the seed: `python -m benchmarks.seeds`.

Trains the default models with more seeds into ``build/seed-N``, and the reference recipe into
``build/notebook-N`` (what is there already is not trained again), measures all of them like the shipped
models and writes means and standard deviations to ``weights/seeds.json``, which the report and docs/results.md show.
"""

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import tyro

from autoencoder import evaluate, train
from autoencoder.training.recipes import PRESETS
from autoencoder.weights import checkpoint

ROOT: Final = Path(__file__).resolve().parent.parent
OUTPUT: Final = ROOT / "weights" / "seeds.json"
OTHER_SEEDS: Final = (1, 2)
NOTEBOOK_SEEDS: Final = (0, 1, 2)
NOTEBOOK: Final = "notebook"


def measures(record: Mapping[str, Any]) -> dict[str, float]:
    """The figures of merit of one ``metrics.json`` that are compared between seeds."""
    values: dict[str, float] = {
        f"mse_{level}": record["results"][level]["mse"]["mean"] for level in ("0", "0.25", "0.6")
    }
    values |= {name: record["results"]["0.25"][name]["mean"] for name in ("psnr", "ssim", "ssim_global")}
    if not record["training"]["recipe"].get("decoder_epochs"):  # else the last phase's loss is the encoder's alone
        values |= {"best_train_loss": record["training"]["best_train_loss"]}
    values |= record["map"]
    return values


def spread(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Seeds, and the mean, standard deviation and values of each measure, of one model's records."""
    runs = [measures(record) for record in records]
    return {
        "seeds": [record["training"]["seed"] for record in records],
        "measures": {
            measure: {
                "mean": statistics.fmean(values),
                "sd": statistics.stdev(values),
                "values": values,
            }
            for measure in runs[0]
            for values in [[run[measure] for run in runs]]
        },
    }


def trained(folder: Path, preset: str, names: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """The records of the models of a folder, trained and measured first where that is missing.

    Raises:
        SystemExit: if a command fails, which has said why, or a model was trained by another recipe.
    """
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        options = ["--preset", preset, "--seed", str(seed), "--no-extras", "--output", str(folder)]
        _succeed(train.main(["--models", *missing, *options]))
    for name in names:
        if not _agrees(_read(folder / name)["training"]["recipe"], asdict(PRESETS[preset][name])):
            sys.exit(f"error: {folder / name} was trained by another recipe; delete it to have it trained again.")
    unmeasured = [folder / name for name in names if "map" not in _read(folder / name)]
    if unmeasured:
        _succeed(evaluate.main(list(map(str, unmeasured))))
    return [_read(folder / name) for name in names]


def main(models: tuple[str, ...] = (*PRESETS["default"], NOTEBOOK)) -> None:
    """Train what is missing, measure and record.

    Args:
        models: which to repeat; what is recorded of others stays.

    Raises:
        SystemExit: if there is none of a name; see also :func:`trained`.
    """
    if unknown := set(models) - {*PRESETS["default"], NOTEBOOK}:
        sys.exit(f"error: --models has no {', '.join(sorted(unknown))}.")
    recorded = json.loads(OUTPUT.read_text(encoding="utf-8"))["models"] if OUTPUT.exists() else {}
    names = [name for name in PRESETS["default"] if name in models]
    runs = [[_read(ROOT / "weights" / name) for name in names]]
    runs += [trained(ROOT / "build" / f"seed-{seed}", "default", names, seed) for seed in OTHER_SEEDS]
    recorded |= {name: spread(records) for name, records in zip(names, zip(*runs, strict=True), strict=True)}
    if NOTEBOOK in models:
        folders = [ROOT / "build" / f"notebook-{seed}" for seed in NOTEBOOK_SEEDS]
        repetitions = [
            trained(folder, NOTEBOOK, ("denoising",), seed)[0]
            for seed, folder in zip(NOTEBOOK_SEEDS, folders, strict=True)
        ]
        recorded[NOTEBOOK] = spread(repetitions)
    checkpoint.write_json(OUTPUT, {"command": "python -m benchmarks.seeds", "models": recorded})
    print(f"Wrote {OUTPUT.relative_to(ROOT)}; 'python -m docs.tables' takes it into the documents.")


def _agrees(recorded: Any, present: Any) -> bool:
    """Whether all that is recorded of a recipe holds of the present one, which may know more settings."""
    if isinstance(recorded, dict):
        return all(key in present and _agrees(value, present[key]) for key, value in recorded.items())
    return bool(recorded == (list(present) if isinstance(present, tuple) else present))


def _succeed(status: int) -> None:
    if status:
        sys.exit(status)


def _read(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / checkpoint.METRICS_FILE).read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    tyro.cli(main)
