"""Sizes and times of the ONNX files against torch: `python -m benchmarks.onnx` writes docs/onnx.json."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

import torch

from autoencoder.model.network import Autoencoder
from autoencoder.weights import checkpoint, onnx_export, thumbnails
from autoencoder.weights.onnx_graph import PARTS, Part
from benchmarks.support.server import ROOT

FILE: Final = ROOT / "docs" / "onnx.json"
BATCHES: Final = {1: 200, 1_000: 10}
"""Images a call, and calls whose median counts."""
THREADS: Final = 2


def measure(folder: Path, output: Path) -> dict[str, Any]:
    """Export the model in ``folder``; by part its size, difference from torch and milliseconds a call."""
    images = torch.from_numpy(thumbnails.load(ROOT / "weights")[:1_000, None]).float() / 255
    model = checkpoint.load_model(folder)
    return {each.path.stem: _part(each, model, images) for each in onnx_export.export(folder, output, images)}


def _part(each: onnx_export.Exported, model: Autoencoder, images: torch.Tensor) -> dict[str, Any]:
    part, name = Part(model, each.path.stem).eval(), PARTS[each.path.stem][0][0]
    session = onnx_export.session(each.path, THREADS)
    times = {}
    with torch.inference_mode():
        values = images if each.path.stem != "decoder" else model.encode(images)
        for count, calls in BATCHES.items():
            value = values[:count]
            times[str(count)] = {
                "torch_ms": _milliseconds(partial(part, value), calls),
                "onnxruntime_ms": _milliseconds(partial(session.run, None, {name: value.numpy()}), calls),
            }
    return {
        "bytes": each.path.stat().st_size,
        "difference": each.difference,
        "from_single": each.from_single,
        "times": times,
    }


def _milliseconds(call: Callable[[], object], calls: int) -> float:
    call()
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return round(1_000 * median(seconds), 3)


def main() -> int:
    """Measure all of weights/ on two threads, write and print."""
    torch.set_num_threads(THREADS)
    names: Sequence[str] = sorted(path.parent.name for path in (ROOT / "weights").glob("*/config.json"))
    with tempfile.TemporaryDirectory() as scratch:
        models = {name: measure(ROOT / "weights" / name, Path(scratch, name)) for name in names}
    packages = ("torch", "onnx", "onnxscript", "onnxruntime")
    report = {"threads": THREADS, "versions": {each: version(each) for each in packages}, "models": models}
    checkpoint.write_json(FILE, report)
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
