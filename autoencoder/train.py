"""Train, measure, draw and export everything the app needs: `python -m autoencoder.train`."""

import csv
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Final, NoReturn

import torch
import tyro
from PIL import Image
from tqdm import tqdm

from autoencoder import baselines, cards, checkpoint, data, device, evaluate, gallery, latent_map, sweep
from autoencoder.data import Dataset
from autoencoder.fit import Fitted, TrainingError, fit
from autoencoder.recipes import Recipe
from autoencoder.train_config import TrainConfig

_PACKAGES: Final = ("torch", "torchvision", "numpy", "torchmetrics", "scikit-learn", "safetensors")


def train_model(name: str, config: TrainConfig, root: Path, position: int = 0) -> str:
    """Train one model and write its finished folder below ``root``; returns its summary.

    Args:
        name: of the model, a key of ``config.recipes()``.
        config: of the whole run.
        root: existing folder.
        position: line of the progress bar on the terminal.

    Raises:
        TrainingError: see :func:`autoencoder.fit.fit`.
    """
    torch.set_num_threads(config.threads)
    where = device.resolve(config.device)
    recipe = config.recipes()[name]
    dataset = data.load(config.data)
    train, validation = data.validation_split(
        dataset.train.subset(slice(config.train_size)), size=recipe.validation_size
    )
    fitted = fit(recipe, train.images.to(where), validation.images.to(where), config.seed, _progress(name, position))
    return _export(name, recipe, config, fitted, dataset, root / name)


def _export(name: str, recipe: Recipe, config: TrainConfig, fitted: Fitted, dataset: Dataset, folder: Path) -> str:
    model, where = fitted.model, next(fitted.model.parameters()).device
    train, test = dataset.train.to(where), dataset.test.to(where)
    (folder / "figures").mkdir(parents=True)
    model.save_pretrained(folder)
    (folder / checkpoint.WEIGHTS_FILE).chmod(0o644)  # safetensors makes it private; other users serve it
    report = evaluate.evaluate(model, train, test, with_map_quality=config.extras)
    metrics = {
        "model": name,
        "weights_sha256": checkpoint.sha256(folder / checkpoint.WEIGHTS_FILE),
        **report,
        "training": _provenance(config, recipe, fitted),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        "data_sha256": dataset.checksum,
    }
    checkpoint.write_json(folder / checkpoint.METRICS_FILE, metrics)
    rows = [asdict(epoch) for epoch in fitted.history]
    with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    plane = latent_map.build(model, test.images, test.labels)
    plane.save(folder / checkpoint.MAP_FILE)
    Image.fromarray(latent_map.atlas(model, plane)).save(folder / checkpoint.ATLAS_FILE, quality=70, method=6)
    gallery.draw(model, recipe, test, plane, fitted.history, folder / "figures")
    (folder / "README.md").write_text(cards.model_card(name, recipe, metrics), encoding="utf-8")
    return f"{name}\n\n{evaluate.summary(report)}"


def _provenance(config: TrainConfig, recipe: Recipe, fitted: Fitted) -> dict[str, Any]:
    return {
        "command": config.command,
        "seed": config.seed,
        "device": str(next(fitted.model.parameters()).device),
        "threads": config.threads,
        "best_epoch": fitted.best_epoch,
        "best_train_loss": min(epoch.train_loss for epoch in fitted.history),
        "cpu_seconds": round(fitted.cpu_seconds, 1),
        "seconds": round(fitted.history[-1].seconds, 1),
        "recipe": asdict(recipe),
    }


def _progress(name: str, position: int) -> Callable[[int, int, float], None]:
    bar: tqdm[Any] | None = None

    def report(done: int, total: int, loss: float) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc=name, position=position, unit="step", mininterval=1.0)
        bar.set_postfix_str(f"loss {loss:.5f}", refresh=False)
        bar.update()
        if done == total:
            bar.close()

    return report


def run(config: TrainConfig) -> None:
    """Train all models of a configuration and put the result in place of the old one in one go.

    Raises what finding the device, loading the data and training raise; the old weights then stay.
    """
    where = device.resolve(config.device)
    dataset = data.load(config.data)
    config.target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=config.target) as scratch:
        root = Path(scratch)
        tasks = _tasks(config)
        jobs = config.jobs or (min(len(tasks), os.cpu_count() or 1) if where.type == "cpu" else 1)
        for summary in _in_parallel(tasks, jobs, root):
            tqdm.write(f"\n{summary}", file=sys.stdout)
        checkpoint.save_samples(dataset.test.images, root)
        _put_in_place(root, config.target)
    look = "python app.py" if config.target == Path("weights") else f"AUTOENCODER_WEIGHTS={config.target} python app.py"
    print(f"\nWrote {config.target}/. Look at it with '{look}'.")


Task = tuple[Callable[..., str], tuple[Any, ...]]


def _tasks(config: TrainConfig) -> list[Task]:
    """Independent pieces of work; each is called with its arguments, the scratch folder and its bar's line."""
    # The wide model, named last, takes longest: begun last it would be waited for by idle cores.
    tasks: list[Task] = [(train_model, (name, config)) for name in reversed(config.recipes())]
    if config.extras and config.preset == "default":
        tasks += [
            (sweep.write, (config.data, config.device)),
            (baselines.write, (config.data, config.device)),
        ]
    return tasks


def _in_parallel(tasks: Sequence[Task], jobs: int, root: Path) -> Iterator[str]:
    """Summaries in the order in which the tasks end; the first failure cancels what has not begun."""
    if jobs == 1:
        for function, arguments in tasks:
            yield function(*arguments, root)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        pending = [
            pool.submit(function, *arguments, root, position) for position, (function, arguments) in enumerate(tasks)
        ]
        try:
            for future in as_completed(pending):
                yield future.result()
        except BaseException:
            for worker in active_children():
                worker.terminate()
            raise


def _put_in_place(scratch: Path, target: Path) -> None:
    """Move each finished folder and file over its predecessor."""
    for new in sorted(scratch.iterdir()):
        old = target / new.name
        if new.is_dir() and old.exists():
            shutil.move(old, scratch / f".old-{new.name}")
        new.replace(old)


def _interrupt(*_: object) -> NoReturn:
    """The same clean end as for Ctrl-C, also where Ctrl-C is ignored, as in a shell's background."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        run(tyro.cli(TrainConfig, args=argv, prog="python -m autoencoder.train"))
    except (ValueError, OSError, data.DatasetError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the weights that were there are unchanged.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
