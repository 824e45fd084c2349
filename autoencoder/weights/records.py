"""What the text files of a weights folder hold: types, and bounds on every number, text and list.

pydantic checks them while it reads JSON. Its parser also refuses what is no UTF-8, lone surrogates and deep nesting.
Keys that are not named here are ignored, so that a newer training may record more; only ``config.json`` and the
recorded shape of the model must not hold any.
"""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from autoencoder.data.classes import CLASSES, DATASET, LONGEST_NAME
from autoencoder.model.config import ModelConfig

REPORTED_LEVELS: Final = ("0", "0.25", "0.6")
"""Noise levels that the report compares: results and baselines hold all of them."""

Text = Annotated[str, StringConstraints(max_length=2_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Count = Annotated[int, Field(ge=0, le=2**63)]
Share = Annotated[float, Field(ge=-1, le=1)]
Measure = Annotated[float, Field(ge=-1e9, le=1e9)]


class Record(BaseModel):
    """Part of a JSON file: no type is converted to another, and all numbers are finite."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False))
class CheckedConfig(ModelConfig):
    """``config.json``: a configuration without any key that no model has."""


class Interval(Record):
    """A mean over images and its 95 % interval."""

    mean: Measure
    low: Measure
    high: Measure
    n: Count = 0


class Scores(Record):
    """Reconstruction quality at one noise level."""

    mse: Interval
    psnr: Interval
    ssim: Interval
    ssim_global: Interval


class MapQuality(Record):
    """How well the codes keep classes together."""

    knn1_accuracy: Share
    knn5_accuracy: Share
    trustworthiness: Share
    occupied_share: Share | None = None


class Amortisation(Record):
    """MSE of the encoder network's code, of the code in use, and of the best code."""

    network_mse: Measure | None = None
    encoder_mse: Measure | None = None
    optimised_mse: Measure | None = None


class TrainingRecipe(Record):
    """What the page tells of a recipe."""

    noise_high: Measure
    validation_size: Count = 0
    model: CheckedConfig | None = None


class Training(Record):
    """How a model came to be."""

    command: Text
    seed: Count
    cpu_seconds: Measure
    best_epoch: Count
    recipe: TrainingRecipe
    finished: Text | None = None
    """When, in ISO 8601."""


class Data(Record):
    """The dataset."""

    name: Name = DATASET
    train: Count = 0
    test: Count = 0


class Versions(Record):
    """Of the packages that trained it."""

    torch: Text


class Metrics(Record):
    """``metrics.json``. What it lacks altogether is no damage: the page leaves it out."""

    weights_sha256: Name = "not recorded"
    data_sha256: Name | None = None
    results: Annotated[dict[Name, Scores], Field(max_length=100)] | None = None
    map: MapQuality | None = None
    amortisation: Amortisation | None = None
    unusual_above: Measure | None = None
    """The 1 - SSIM that the model's reconstructions of 5 % of the clean test images exceed."""
    training: Training | None = None
    versions: Versions | None = None
    data: Data = Data()

    @model_validator(mode="after")
    def _check_levels(self) -> "Metrics":
        if self.results is not None and not self.results.keys() >= set(REPORTED_LEVELS):
            raise ValueError(f"results lack one of the noise levels {', '.join(REPORTED_LEVELS)}")
        return self


class Epoch(Record):
    """A row of ``history.csv``; its other columns are not read."""

    model_config = ConfigDict(strict=False, frozen=True, allow_inf_nan=False)

    epoch: Count
    validation_mse: Measure


class Card(BaseModel):
    """The front matter of a model's ``README.md``."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    class_names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=256)] = CLASSES


class Spread(Record):
    """Mean and standard deviation over trainings."""

    mean: Measure
    sd: Measure
    values: Annotated[tuple[Measure, ...], Field(max_length=1_000)] = ()


class Repetition(Record):
    """One recipe trained with several seeds."""

    seeds: Annotated[tuple[Count, ...], Field(max_length=1_000)]
    measures: Annotated[dict[Name, Spread], Field(max_length=100)]


class Seeds(Record):
    """``seeds.json``."""

    command: Text
    models: Annotated[dict[Name, Repetition], Field(max_length=100)]


class FittedMap(Record):
    """Another method's map of the same images."""

    map: MapQuality
    mse: Interval | None = None
    """Of reconstructed test images; None if it has no decoder."""


class Maps(Record):
    """``maps.json``."""

    methods: Annotated[dict[Name, FittedMap], Field(max_length=100)]


class Width(Record):
    """Errors at one width of the bottleneck."""

    latent_dim: Count
    autoencoder_clean: Interval = Field(alias="autoencoder_0")
    pca_clean: Interval = Field(alias="pca_0")
    autoencoder_noisy: Interval = Field(alias="autoencoder_0.25")
    pca_noisy: Interval = Field(alias="pca_0.25")


class Sweep(Record):
    """``sweep.json``."""

    epochs: Count
    rows: Annotated[tuple[Width, ...], Field(min_length=1, max_length=100)]


class Baseline(Record):
    """A simple method. Its PSNR is not read: that of an untouched picture is infinite."""

    mse: Interval


class Baselines(RootModel[Annotated[dict[Name, Annotated[dict[Name, Baseline], Field(max_length=100)]], Field()]]):
    """``baselines.json``: by noise level and method, the same methods at each level that is reported."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check_levels(self) -> "Baselines":
        methods = [set(self.root.get(level, ())) for level in REPORTED_LEVELS]
        if not methods[0] or methods.count(methods[0]) != len(methods):
            raise ValueError(f"the methods at the noise levels {', '.join(REPORTED_LEVELS)} differ")
        return self
