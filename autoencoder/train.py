"""Train, measure, draw and export everything the app needs: `python -m autoencoder.train`."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any, Final, NoReturn

import torch
import tyro
from torch import Tensor
from tqdm import tqdm

from autoencoder import artifacts, baselines, checkpoint, data, device, interrupts, logs, parallel, sweep, workplace
from autoencoder.dataset import Dataset, DatasetError, validation_size, validation_split
from autoencoder.fit import Epoch, Fitted, Hooks, fit
from autoencoder.parallel import Peers
from autoencoder.recipes import Recipe
from autoencoder.train_config import TrainConfig
from autoencoder.training_run import Execution, Report, StoppedError, TrainingError
from autoencoder.workplace import Workplace

_STOPPED: Final = 130


def train_model(name: str, config: TrainConfig, place: Workplace, position: int = 0) -> str:
    """Train one model, or go on with it, and write its finished folder; returns its summary.

    Args:
        name: of the model, a key of ``config.recipes()``.
        config: of the whole run.
        place: to work in.
        position: line of the progress bar on the terminal.

    Raises:
        StoppedError, TrainingError, OSError: see :func:`autoencoder.fit.fit`.
    """
    dataset = data.load(config.data)
    recipe, fitted = _fit(name, config, dataset, place, Peers(), position)
    return artifacts.write(name, recipe, config, fitted, dataset, place.finished / name)


def _fit(
    name: str, config: TrainConfig, dataset: Dataset, place: Workplace, peers: Peers, position: int = 0
) -> tuple[Recipe, Fitted]:
    torch.set_num_threads(config.threads)
    where = parallel.own_device(device.resolve(config.device))
    if where.type == "cuda":
        torch.set_float32_matmul_precision("high")
    recipe, train, validation = _data_for(config.recipes()[name], config, dataset)
    log = logs.tensorboard(config.log_folder / name) if config.log == "tensorboard" and not peers.rank else None

    def note(history: Sequence[Epoch]) -> None:
        if not peers.rank:
            artifacts.write_history(history, place.history(name))
        if log is not None:
            log(history)

    with interrupts.as_question() as stop:
        report = (lambda *_: None) if peers.rank else _progress(name, position)
        hooks = Hooks(report, note, stop, place.state(name))
        execution = Execution(config.precision, config.compile)
        return recipe, fit(recipe, train.to(where), validation.to(where), config.seed, hooks, execution, peers)


def _data_for(recipe: Recipe, config: TrainConfig, dataset: Dataset) -> tuple[Recipe, Tensor, Tensor]:
    """Training and validation images, and the recipe with the number of the latter."""
    if (config.train_size or 0) > len(dataset.train):
        raise ValueError(f"--train-size is {config.train_size}, but there are {len(dataset.train)} training images.")
    some = dataset.train.subset(slice(config.train_size))
    size = validation_size(len(some), recipe.validation_size)
    train, validation = validation_split(some, size=size)
    return replace(recipe, validation_size=size), train.images, validation.images


def _progress(name: str, position: int) -> Report:
    bar: tqdm[Any] | None = None

    def report(done: int, total: int, loss: float) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, initial=done - 1, desc=name, position=position, unit="step", mininterval=1.0)
        bar.set_postfix_str(f"loss {loss:.5f}", refresh=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return report


def run(config: TrainConfig) -> None:
    """Train all models of a configuration and put the result in place of the old one.

    Under ``torchrun`` its processes share each model's training, and the first one does all the rest.

    Raises what finding the device, loading the data, the workplace and training raise; the old weights then stay.
    """
    where = device.resolve(config.device)
    dataset = data.load(config.data)
    if not parallel.is_launched():
        with workplace.opened(config.target, config.work, config.resume) as place:
            _finish(config, dataset, place, where)
    elif int(os.environ["RANK"]):
        _fit_together(config, dataset, Workplace(config.target), where)
    else:
        with workplace.opened(config.target, config.work, config.resume) as place:
            _fit_together(config, dataset, place, where)
            _finish(config, dataset, place, where)


def _fit_together(config: TrainConfig, dataset: Dataset, place: Workplace, where: torch.device) -> None:
    with parallel.joined(parallel.own_device(where)) as peers:
        try:
            for name in config.recipes():
                _fit(name, config, dataset, place, peers)
        except (StoppedError, TrainingError):
            raise
        except RuntimeError as error:
            # torch's own words for a lost peer fill a page.
            raise TrainingError(f"Process {peers.rank} lost another one, whose message says why ({error}).") from error


def _finish(config: TrainConfig, dataset: Dataset, place: Workplace, where: torch.device) -> None:
    tasks = _tasks(config)
    jobs = config.jobs or (min(len(tasks), os.cpu_count() or 1) if where.type == "cpu" else 1)
    for summary in _in_parallel(tasks, jobs, place):
        tqdm.write(f"\n{summary}", file=sys.stdout)
    checkpoint.save_samples(dataset.test.images, place.finished)
    place.put_in_place()
    look = "python app.py" if config.target == Path("weights") else f"AUTOENCODER_WEIGHTS={config.target} python app.py"
    print(f"\nWrote {config.target}/. Look at it with '{look}'.")


Task = tuple[str, Callable[..., str], tuple[Any, ...]]


def _tasks(config: TrainConfig) -> list[Task]:
    """Independent pieces of work: name, function and arguments, before the workplace and its bar's line."""
    # The wide model, named last, takes longest: begun last it would be waited for by idle cores.
    tasks: list[Task] = [(name, train_model, (name, config)) for name in reversed(config.recipes())]
    if config.extras and config.preset == "default":
        tasks += [
            ("sweep", sweep.write, (config.data, config.device)),
            ("baselines", baselines.write, (config.data, config.device)),
        ]
    return tasks


def _perform(task: Task, place: Workplace, position: int) -> str:
    name, function, arguments = task
    summary = place.summary_of(name)
    if summary is None:
        if (place.folder / _STOP).exists():
            raise StoppedError("Stopped.")
        summary = function(*arguments, place, position)
        place.finish(name, summary)
    return summary


_STOP: Final = "stop"
"""A file that tells workers to begin nothing new."""


def _in_parallel(tasks: Sequence[Task], jobs: int, place: Workplace) -> Iterator[str]:
    """Summaries in the order in which the tasks end; the first failure cancels what has not begun."""
    (place.folder / _STOP).unlink(missing_ok=True)
    if jobs == 1:
        for position, task in enumerate(tasks):
            yield _perform(task, place, position)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker) as pool:
        pending = [pool.submit(_perform, task, place, position) for position, task in enumerate(tasks)]
        try:
            for future in as_completed(pending):
                yield future.result()
        except BaseException as error:
            (place.folder / _STOP).touch()
            for worker in active_children():
                worker.terminate()
            if isinstance(error, BrokenProcessPool):
                raise TrainingError(
                    "A worker was killed, perhaps for lack of memory. Go on with --resume, and with fewer --jobs."
                ) from error
            raise


def _begin_worker() -> None:
    # Ctrl-C reaches the whole group: the parent alone decides, and tells its workers by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker that outlived a killed parent would write into the folder of the next training."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _interrupt(*_: object) -> NoReturn:
    """The same clean end as for Ctrl-C, also where Ctrl-C is ignored, as in a shell's background."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, 1 for a failure that was explained, 130 when stopped."""
    signal.signal(signal.SIGTERM, _interrupt)
    config: TrainConfig | None = None
    try:
        config = tyro.cli(TrainConfig, args=argv, prog="python -m autoencoder.train")
        run(config)
    except (KeyboardInterrupt, StoppedError):
        go_on = f" Go on with: {config.resume_command}" if config else ""
        print(f"\nStopped; the weights that were there are unchanged.{go_on}", file=sys.stderr)
        return _STOPPED
    except OSError as error:
        what = f"Cannot write or read {error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"error: {what}. The weights that were there are unchanged.", file=sys.stderr)
        return 1
    except _EXPLAINED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


_EXPLAINED: Final = (ValueError, DatasetError, TrainingError, workplace.WorkplaceError, logs.LogError)


if __name__ == "__main__":
    sys.exit(main())
