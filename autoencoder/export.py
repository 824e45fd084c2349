"""ONNX files of trained models: `python -m autoencoder.export [weights/NAME ...]`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro

from autoencoder.weights import checkpoint, thumbnails
from autoencoder.weights.checkpoint import CheckpointError
from autoencoder.weights.onnx_export import ExportError, export, require_packages


@dataclass(frozen=True)
class ExportConfig:
    """Write trained models as ONNX files and check them against torch."""

    folders: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Folders of the models; all of weights/ when none is named."""
    output: Path = Path("build/onnx")
    """Folder to write: a folder a model in it."""
    samples: Path = Path("weights")
    """Folder with the test images (samples.png) that the files are checked on."""
    images: int = 1_000
    """Test images to check on, at most 10,000."""

    def __post_init__(self) -> None:
        if not 1 <= self.images <= 10_000:
            raise ValueError(f"--images must lie in [1, 10000], got {self.images}.")


def run(config: ExportConfig) -> None:
    """Export, check and print; raises as :func:`export`."""
    require_packages()
    pixels = thumbnails.load(config.samples)[: config.images]
    images = torch.from_numpy(pixels[:, None]).float() / 255  # (N, 1, 28, 28)
    folders = config.folders or checkpoint.folders("weights")
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise ValueError("Two of the models have the same name: export them one by one, each to its own --output.")
    print(f"Greatest absolute difference on {len(images)} test images from torch in the file's own precision,")
    print("and from torch in single precision, which the app computes in:")
    for folder, name in zip(folders, names, strict=True):
        for each in export(folder, config.output / name, images):
            size = each.path.stat().st_size / 1e6
            print(f"{each.path}  {size:.2f} MB  {each.difference:.1e}  {each.from_single:.1e}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    try:
        run(tyro.cli(ExportConfig, args=argv, prog="python -m autoencoder.export"))
    except (ValueError, OSError, ExportError, CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
