"""What `python -m autoencoder.train` can be told, as validated data."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

from autoencoder import device
from autoencoder.training.arithmetic import Precision
from autoencoder.training.recipes import PRESETS, Recipe, at_noise

_FEWEST_IMAGES: Final = 12
_LATER_PHASES: Final = ("decoder_epochs", "encoder_epochs", "code_jitter")
"""Options of the phases that only models with searched codes have."""
_NAME: Final = re.compile(
    r"(?!sweep|(?:baselines|con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z0-9][a-z0-9_-]{0,63}",
    re.IGNORECASE | re.ASCII,
)
"""What a model may be called: a folder's name on any system (Windows keeps some for devices) and a part of an address.
"sweep" and "baselines" name other pieces of work."""


@dataclass(frozen=True)
class TrainConfig:
    """Train the models, measure them on the test images and refresh the weights folder."""

    models: tuple[str, ...] = ()
    """Names of the models to train; all of the preset's when none is named."""
    preset: Literal["default", "fast", "notebook"] = "default"
    """default: what the app ships; fast: a usable denoiser in about a minute; notebook: the reference
    experiment (about half an hour a model)."""
    output: Path | None = None
    """Folder to write; weights/ for the default preset, build/PRESET for the others, when not given."""
    epochs: int | None = None
    """Passes over the training images with encoder and decoder together; the preset's when not given."""
    decoder_epochs: int | None = None
    """Passes after those that fit the decoder alone, each image at its best code by global search; the preset's when
    not given. 0 skips them; they are skipped, too, unless the noise is Gaussian and the code has two numbers."""
    code_jitter: float | None = None
    """Standard deviation of the noise on the codes in those passes, in units of the codes' spread; more makes the map
    smoother and the error greater. The preset's when not given."""
    encoder_epochs: int | None = None
    """Last passes, which fit the encoder alone through the finished decoder; the preset's when not given."""
    batch_size: int | None = None
    """Images a step; the preset's when not given."""
    learning_rate: float | None = None
    """Peak learning rate of AdamW; Muon's changes by the same factor. The preset's when not given."""
    name: str | None = None
    """Name of the one model that is trained, and of its folder in the app: letters, digits, _ and -."""
    noise_kind: Literal["gaussian", "speckle", "masking", "salt_pepper"] | None = None
    """Kind of noise in training and in its measurements; the preset's when not given. Codes are refined for Gaussian
    noise only."""
    noise_low: float | None = None
    """Least noise level in training, from 0 to 1; the preset's when not given."""
    noise_high: float | None = None
    """Greatest noise level in training, from 0 to 1; the preset's when not given."""
    latent_dim: int | None = None
    """Numbers in the bottleneck; the preset's when not given. The app maps other widths by their principal
    components."""
    train_size: int | None = None
    """Training images used, validation images included; all when not given."""
    seed: int = 0
    """Seed of weights, order, corruption and dropout."""
    device: str = "auto"
    """Device to compute on: auto, cpu, cuda or mps."""
    threads: int = 1
    """CPU threads for each model; more threads hardly help networks of this size."""
    jobs: int = 0
    """Models trained at the same time; 0 means as many as there are cores, or one on a GPU."""
    data: Path | None = None
    """Folder of the images: Fashion-MNIST's or another set's four IDX files, or a folder of pictures a
    class. Fashion-MNIST is searched for, then downloaded, when not given."""
    extras: bool = True
    """Whether to measure the map's quality too and, with the default preset, the baselines and the bottleneck sweep,
    which take all training images and seed 0."""
    resume: bool = False
    """Go on from where an interrupted run with the same options stopped."""
    precision: Precision = "float32"
    """Of products in training. bfloat16 is for GPUs; it keeps three digits of a code."""
    compile: bool = False
    """Whether torch.compile prepares the network first; worth its minute on a GPU only."""
    log: Literal["none", "tensorboard"] = "none"
    """Dashboard to log each epoch for, beside history.csv; TensorBoard's files go to build/runs."""

    def __post_init__(self) -> None:
        unknown = set(self.models) - set(PRESETS[self.preset])
        if unknown:
            raise ValueError(
                f"--models: preset {self.preset!r} has no {', '.join(sorted(unknown))}; it has "
                f"{', '.join(PRESETS[self.preset])}."
            )
        if self.device not in device.DEVICES:
            raise ValueError(f"--device must be one of {', '.join(device.DEVICES)}, got {self.device!r}.")
        if self.threads < 1:
            raise ValueError(f"--threads must be at least 1, got {self.threads}.")
        if self.jobs < 0:
            raise ValueError(f"--jobs must not be negative, got {self.jobs}.")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"--seed must lie between 0 and 2^63 - 1, got {self.seed}.")
        if self.latent_dim is not None and self.latent_dim < 1:
            raise ValueError(f"--latent-dim must be at least 1, got {self.latent_dim}.")
        if self.name is not None:
            self._check_name(self.name)
        if self.train_size is not None and self.train_size < _FEWEST_IMAGES:
            raise ValueError(f"--train-size must be at least {_FEWEST_IMAGES}, got {self.train_size}.")
        try:
            self.recipes()
        except ValueError as error:
            raise ValueError(_as_options(str(error))) from error

    def recipes(self) -> dict[str, Recipe]:
        """The recipes to follow, by model name, with this configuration's own numbers put in."""
        given = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in Recipe.__dataclass_fields__ and getattr(self, field.name) is not None
        }
        later = {name: given.pop(name) for name in _LATER_PHASES if name in given}
        recipes = {name: self._changed(name, given) for name in self._chosen}
        recipes = {name: _with_latent_dim(recipe, self.latent_dim) for name, recipe in recipes.items()}
        searched = [name for name, recipe in recipes.items() if recipe.model.search_cells]
        for name in searched or recipes:
            recipes[name] = replace(recipes[name], **later)
        if self.code_jitter is not None and not any(each.decoder_epochs for each in recipes.values()):
            raise ValueError("code_jitter is of the passes that fit the decoder alone, and this training has none.")
        return {self.name or name: recipe for name, recipe in recipes.items()}

    def _changed(self, name: str, given: Mapping[str, Any]) -> Recipe:
        """The preset's recipe of a name with other numbers.

        One rate is given for both optimizers: lowered, it must slow what each trains.
        """
        recipe = PRESETS[self.preset][name]
        try:
            changed = replace(recipe, **given)
        except ValueError as error:
            whose = f" These are of {name}: say with --models which are meant." if len(self._chosen) > 1 else ""
            raise ValueError(f"{error}{whose}") from error
        share = changed.learning_rate / recipe.learning_rate
        changed = replace(changed, muon_learning_rate=recipe.muon_learning_rate * share)
        return at_noise(changed, changed.noise_low, changed.noise_high)

    @property
    def _chosen(self) -> tuple[str, ...]:
        """The preset's models to train, by their names there."""
        return self.models or tuple(PRESETS[self.preset])

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"--name must begin with a letter or a digit, go on with letters, digits, _ and -, 64 at most, and "
                f"neither begin with sweep nor be baselines or a device of Windows, such as nul; got {name!r}."
            )
        if len(self._chosen) > 1:
            raise ValueError(f"--name is of one model: say with --models which of {', '.join(self._chosen)}.")

    @property
    def target(self) -> Path:
        """Folder that will be written."""
        return self.output or Path("weights" if self.preset == "default" else f"build/{self.preset}")

    @property
    def command(self) -> str:
        """The command line that gives this configuration's models, without folders and what changes nothing in them."""
        return self._command(leave_out=("output", "data", "resume", "jobs", "log"))

    @property
    def resume_command(self) -> str:
        """What goes on with an interrupted run of this configuration, after ``python -m`` or its like."""
        return self._command(leave_out=("resume",)).removeprefix("python -m ") + " --resume"

    @property
    def work(self) -> dict[str, str]:
        """The options that a run must have in common with the one that it goes on with."""
        return {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if field.name not in ("output", "resume", "jobs", "log", "threads")
        }

    @property
    def log_folder(self) -> Path:
        """Where a dashboard's files go."""
        return Path("build", "runs", f"{self.target.name}-seed-{self.seed}")

    def _command(self, leave_out: tuple[str, ...]) -> str:
        defaults = TrainConfig()
        words = ["python", "-m", "autoencoder.train"]
        for field in fields(self):
            value = getattr(self, field.name)
            if value != getattr(defaults, field.name) and field.name not in leave_out:
                flag = field.name.replace("_", "-")
                if isinstance(value, bool):
                    words.append(f"--{flag}" if value else f"--no-{flag}")
                else:
                    words += [f"--{flag}", *map(str, value if isinstance(value, tuple) else (value,))]
        return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _as_options(message: str) -> str:
    """What a recipe says of its fields, as of the options that set them."""
    names = {field.name for field in fields(TrainConfig)} & {*Recipe.__dataclass_fields__, "latent_dim"}
    return re.sub(rf"\b({'|'.join(names)})\b", lambda found: f"--{found[1].replace('_', '-')}", message)


def _with_latent_dim(recipe: Recipe, latent_dim: int | None) -> Recipe:
    """A recipe with a bottleneck of another width, if one is given, without the steps that it or the noise forbids.

    Search is for two numbers, a prior for more, and both for clean or Gaussian input.
    """
    width = latent_dim or recipe.model.latent_dim
    is_gaussian = recipe.noise_kind == "gaussian" or recipe.noise_high == 0
    if is_gaussian and (width == 2) != recipe.model.code_prior:
        return replace(recipe, model=replace(recipe.model, latent_dim=width))
    model = replace(
        recipe.model, latent_dim=width, refine_steps=0, refine_noisy=False, search_cells=0, code_prior=False
    )
    return replace(recipe, model=model, decoder_epochs=0, encoder_epochs=0)
