"""From options to refreshed weights: the pieces of a training run, and their order."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from tqdm import tqdm

from autoencoder import device
from autoencoder.data import loading
from autoencoder.data.dataset import Dataset, Split, validation_size, validation_split
from autoencoder.evaluation import baselines
from autoencoder.training import artifacts, distributed, interrupts, jobs, sweep, tensorboard
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.distributed import Processes
from autoencoder.training.fit import Callbacks, Epoch, Fitted, fit
from autoencoder.training.jobs import Task
from autoencoder.training.options import TrainConfig
from autoencoder.training.recipes import Recipe
from autoencoder.training.training_run import Report, StoppedError, TrainingError
from autoencoder.training.workspace import Workspace, opened
from autoencoder.weights import checkpoint, file_checks, film, sweep_networks, thumbnails
from autoencoder.weights.records import Metrics

_SHARED: Final = (baselines.FILE, sweep.FILE, sweep_networks.FOLDER, "seeds.json", "maps.json")
"""What is known of all models of a folder, by their images."""


def train_model(name: str, config: TrainConfig, workspace: Workspace, position: int = 0) -> str:
    """Train one model, or go on with it, and write its finished folder; returns its summary.

    Args:
        name: of the model, a key of ``config.recipes()``.
        config: of the whole run.
        workspace: to work in.
        position: line of the progress bar on the terminal.

    Raises:
        StoppedError, TrainingError, OSError: see :func:`autoencoder.training.fit.fit`.
    """
    dataset = loading.load(config.data)
    recipe, fitted, labels = _fit(name, config, dataset, workspace, Processes(), position)
    summary = artifacts.write(name, recipe, config, fitted, dataset, workspace.finished / name)
    if fitted.film:
        film.save(fitted.film, labels[: len(fitted.film[0].codes)], workspace.finished / name)
    try:
        checkpoint.load(workspace.finished / name)  # what the app would refuse must not replace what it serves
    except checkpoint.CheckpointError as error:
        raise TrainingError(
            f"The app cannot show the trained {name}: {error.file} {error.cause}. Train it anew without --resume, with "
            "another --seed or a lower --learning-rate."
        ) from error
    return summary


def measure_baselines(folder: Path | None, device_name: str, workspace: Workspace, position: int = 0) -> str:
    """Measure the baselines on the images found in ``folder`` and write their file; returns a summary."""
    dataset = loading.load(folder)
    where = device.resolve(device_name)
    report = baselines.measure(dataset.train.images.to(where), dataset.test.images.to(where))
    checkpoint.write_json(workspace.finished / baselines.FILE, report)
    return baselines.table(report)


def _fit(
    name: str, config: TrainConfig, dataset: Dataset, workspace: Workspace, processes: Processes, position: int = 0
) -> tuple[Recipe, Fitted, Tensor]:
    """The recipe as it was followed, what it gave, and the labels ``(M,)`` of the validation images."""
    torch.set_num_threads(config.threads)
    where = distributed.own_device(device.resolve(config.device))
    if where.type == "cuda":
        torch.set_float32_matmul_precision("high")
    recipe, train, validation = _data_for(config.recipes()[name], config, dataset)
    log = tensorboard.logger(config.log_folder / name) if config.log == "tensorboard" and not processes.rank else None

    def note(history: Sequence[Epoch]) -> None:
        if not processes.rank:
            artifacts.write_history(history, workspace.history(name))
        if log is not None:
            log(history)

    with interrupts.deferred() as stop:
        report = (lambda *_: None) if processes.rank else _progress(name, position)
        callbacks = Callbacks(report, note, lambda: stop() or workspace.is_stopping, workspace.state(name))
        arithmetic = Arithmetic(config.precision, config.compile)
        fitted = fit(
            recipe, train.to(where), validation.images.to(where), config.seed, callbacks, arithmetic, processes
        )
        if processes.any(callbacks.stop(), where):
            raise StoppedError("Stopped.")
        torch.set_float32_matmul_precision("highest")  # measured as the app computes
        return recipe, fitted, validation.labels


def _data_for(recipe: Recipe, config: TrainConfig, dataset: Dataset) -> tuple[Recipe, Tensor, Split]:
    """Training images and validation items, and the recipe with the number of the latter."""
    if (config.train_size or 0) > len(dataset.train):
        raise ValueError(f"--train-size is {config.train_size}, but there are {len(dataset.train)} training images.")
    some = dataset.train.subset(slice(config.train_size))
    size = validation_size(len(some), recipe.validation_size)
    train, validation = validation_split(some, size=size)
    return replace(recipe, validation_size=size), train.images, validation


def _progress(name: str, position: int) -> Report:
    bar: tqdm[Any] | None = None

    def report(done: int, total: int, loss: float, phase: str) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, initial=done - 1, position=position, unit="step", mininterval=1.0)
        bar.set_description(f"{name}, {phase}", refresh=False)
        bar.set_postfix_str(f"loss {loss:.5f}", refresh=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return report


def run(config: TrainConfig) -> None:
    """Train all models of a configuration and put the result in place of the old one.

    Under ``torchrun`` its processes share each model's training, and the first one does all the rest.

    Raises what finding the device, loading the data, the workspace and training raise; the old weights then stay.
    """
    where = device.resolve(config.device)
    dataset = loading.load(config.data)
    _check_spelling(config)
    _check_others(config, dataset)
    if distributed.rank():
        _fit_together(config, dataset, Workspace(config.target), where)
        return
    for note in dataset.notes:
        print(note, file=sys.stderr)
    work = {**config.work, "data_sha256": dataset.checksum}
    with opened(config.target, work, config.resume) as workspace:
        if distributed.is_launched():
            _fit_together(config, dataset, workspace, where)
        _finish(config, dataset, workspace, where)


def _check_spelling(config: TrainConfig) -> None:
    """On Windows and macOS a folder whose name differs in capitals alone is the same: its model would be replaced."""
    for folder in sorted(config.target.glob("[!.]*/")):
        for name in config.recipes():
            if name != folder.name and name.casefold() == folder.name.casefold():
                raise ValueError(
                    f"{config.target} holds {folder.name}, which on some systems is the same folder as {name}. "
                    "Choose another --name, or the same capitals to replace it."
                )


def _check_others(config: TrainConfig, dataset: Dataset) -> None:
    """All models of a folder share its samples: those of another set would stand beside the wrong pictures."""
    for name in _of_other_images(config.target, dataset):
        if name not in config.recipes():
            raise ValueError(
                f"{config.target} holds the model {name}, which is of other images than {dataset.name}. "
                "Choose another --output: the models of one folder share their test images."
            )


def _of_other_images(target: Path, dataset: Dataset) -> list[str]:
    """Names of the models in a folder that are known to be of another set."""
    names = []
    for path in sorted(target.glob(f"[!.]*/{checkpoint.METRICS_FILE}")):
        with suppress(file_checks.DamageError):  # the app will name it
            if file_checks.record(path, Metrics).data_sha256 not in (None, dataset.checksum):
                names.append(path.parent.name)
    return names


def _fit_together(config: TrainConfig, dataset: Dataset, workspace: Workspace, where: torch.device) -> None:
    with distributed.joined(distributed.own_device(where)) as processes:
        try:
            for name in config.recipes():
                _fit(name, config, dataset, workspace, processes)
        except RuntimeError as error:
            if not (isinstance(error, torch.distributed.DistError) or "gloo" in str(error)):
                raise
            # torch's own words for a lost peer fill a page.
            raise TrainingError(
                f"Process {processes.rank} lost another one, whose message says why ({error})."
            ) from error


def _finish(config: TrainConfig, dataset: Dataset, workspace: Workspace, where: torch.device) -> None:
    tasks = _tasks(config)
    count = config.jobs or (min(len(tasks), device.available_cpus()) if where.type == "cpu" else 1)
    for summary in jobs.in_parallel(tasks, count, workspace):
        tqdm.write(f"\n{summary}", file=sys.stdout)
    thumbnails.save(dataset.test.images, workspace.finished)
    # The report would compare the new models with them.
    outdated = _SHARED if _of_other_images(config.target, dataset) else ()
    target = f'"{config.target}"' if " " in str(config.target) else config.target
    look = "python app.py" if config.target == Path("weights") else f"python app.py --weights {target}"
    with interrupts.deferred():  # stopped now, it would still say that the weights that were there are unchanged
        workspace.put_in_place(name for name in outdated if not (workspace.finished / name).exists())
        print(f"\nWrote {config.target}/. Look at it with: {look}")


def _tasks(config: TrainConfig) -> list[Task]:
    """Independent pieces of work: name, function and arguments, before the workspace and its bar's line."""
    # The wide model, named last, takes longest: begun last it would be waited for by idle cores.
    tasks: list[Task] = [(name, train_model, (name, config)) for name in reversed(config.recipes())]
    if config.extras and config.preset == "default":
        tasks += [
            ("sweep", sweep.write, (config.data, config.device, Arithmetic(config.precision, config.compile))),
            ("baselines", measure_baselines, (config.data, config.device)),
        ]
    return tasks
