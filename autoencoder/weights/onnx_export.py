"""ONNX files of a trained model, written and checked against torch."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoder import files
from autoencoder.model.config import IMAGE_SHAPE
from autoencoder.model.network import Autoencoder
from autoencoder.weights import checkpoint
from autoencoder.weights.onnx_graph import PARTS, Part, graph, parts, refines, solve

TOLERANCE: Final = 1e-5
"""Greatest absolute difference from torch that a file may have."""
_PACKAGES: Final = ("onnx", "onnxscript", "onnxruntime")
_EXAMPLES: Final = 3
_FLOAT, _DOUBLE = 1, 11  # onnx.TensorProto's numbers


class ExportError(RuntimeError):
    """A model cannot be exported, or its files disagree with torch; the message says what to do."""


@dataclass(frozen=True)
class Exported:
    """One ONNX file that was checked."""

    path: Path
    difference: float
    """Greatest absolute difference of any output from torch in the file's own precision."""
    from_single: float
    """The same from torch in single precision, which is what the app computes in."""


@torch.no_grad()
def write(model: Autoencoder, name: str, path: Path, about: Mapping[str, str]) -> None:
    """Write one part as an ONNX file whose first axis, the batch, may have any length.

    Args:
        model: in eval mode, on the CPU.
        name: one of :data:`PARTS`.
        path: of the file.
        about: entries for the file's metadata, besides the value ranges and shapes.

    Raises:
        ExportError: if a package for it is not installed.
    """
    require_packages()
    example = torch.zeros(_EXAMPLES, *(IMAGE_SHAPE if name != "decoder" else (model.config.latent_dim,)))
    batch = ({0: torch.export.Dim("batch", min=1)},)
    program = torch.export.export(graph(model, name), (example,), dynamic_shapes=batch)
    table = torch.export.default_decompositions()
    table[torch.ops.aten.linalg_solve.default] = solve
    inputs, outputs = PARTS[name]
    exported = torch.onnx.export(
        program.run_decompositions(table),
        (example,),
        input_names=inputs,
        output_names=outputs,
        custom_translation_table={torch.ops.aten.erf.default: _erf()},
        dynamo=True,
        dynamic_shapes=batch,
        verbose=False,
    )
    if exported is None:
        raise ExportError(f"{path} could not be made by this version of torch. Install torch 2.9 or newer.")
    values = {each: _describe(each, model) for each in (*inputs, *outputs)}
    if model.config.refine_steps:
        values["refinement"] = "as in torch" if refines(model) and name != "encoder_unrefined" else "left out"
    exported.model.metadata_props.update({**about, **values})
    exported.save(path)


def check(path: Path, model: Autoencoder, name: str, images: Tensor) -> Exported:
    """Run a file by onnxruntime and compare it with torch.

    Args:
        path: of the file.
        model: that it was made of.
        name: of the part.
        images: ``(N, 1, 28, 28)`` in [0, 1]; a decoder is given their codes.

    Raises:
        ExportError: if an output differs by :data:`TOLERANCE` or more.
    """
    with torch.inference_mode():
        value = images if name != "decoder" else model.encode(images)
        expected, single = graph(model, name)(value), Part(model, name).eval()(value)
    outputs = session(path).run(None, {PARTS[name][0][0]: value.numpy()})
    difference, from_single = (_distance(outputs, each) for each in (expected, single))
    if not difference < TOLERANCE:
        raise ExportError(
            f"{path.name} differs from torch by {difference:.1e}, which is not below {TOLERANCE:g}. Install "
            "other versions of torch and onnxruntime, or report it."
        )
    return Exported(path, difference, from_single)


def session(path: Path, threads: int = 0) -> Any:
    """The file in onnxruntime, ready to run on the CPU; 0 threads leaves the choice to it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def export(folder: Path, output: Path, images: Tensor) -> list[Exported]:
    """Write all parts of the model in ``folder`` to ``output``, which is replaced when all have passed.

    Raises:
        ExportError: if ``output`` holds anything else; see :func:`write` and :func:`check`; it then stays as it was.
        CheckpointError: if the folder holds no readable model.
    """
    if output.exists() and any(
        each.is_dir() or (each.suffix != ".onnx" and each.name != ".DS_Store") for each in output.iterdir()
    ):
        raise ExportError(f"{output} holds other files, which would be replaced: choose another --output.")
    model = checkpoint.load_model(folder)
    about = {
        "model": folder.resolve().name,
        "weights_sha256": checkpoint.sha256(folder / checkpoint.WEIGHTS_FILE),
        "license": "MIT",
    }
    with files.atomic_folder(output) as scratch:
        results = []
        for name in parts(model):
            path = scratch / f"{name}.onnx"
            write(model, name, path, about)
            checked = check(path, model, name, images)
            results.append(Exported(output / path.name, checked.difference, checked.from_single))
    return results


def require_packages() -> None:
    """Check that the optional packages are there.

    Raises:
        ExportError: if one is missing; names what to install.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ExportError(f"The export needs {', '.join(missing)}. Install it with 'pip install {' '.join(missing)}'.")


def _erf() -> Any:
    """ONNX of erf in single precision: onnxruntime has it in no other, and 1e-7 of a grey level does no harm."""
    from onnxscript import opset18

    op: Any = opset18
    return lambda x: op.Cast(op.Erf(op.Cast(x, to=_FLOAT)), to=_DOUBLE)


def _describe(value: str, model: Autoencoder) -> str:
    if value == "code":
        return f"(batch, {model.config.latent_dim}) float32, real numbers"
    return "(batch, 1, 28, 28) float32 in [0, 1], 0 is the black background"


def _distance(outputs: Sequence[NDArray[np.float32]], expected: Sequence[Tensor]) -> float:
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(outputs, expected, strict=True))
