"""The layout: imports run strictly downward, and heavy libraries stay in their corners."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autoencoder"

# From the ground up; a module may import only from layers below its own.
LAYERS = (
    (
        "batching",
        "classes",
        "dataset",
        "device",
        "files",
        "flat",
        "heap",
        "interrupts",
        "metrics",
        "noise",
        "parallel",
        "picture",
        "products",
        "refinement",
        "unet",
    ),
    ("dense", "execution"),
    ("image_sets", "model", "reference", "workplace"),
    ("data", "export_graph", "figures", "latent_map", "soundness", "neighbours", "recipes", "objective"),
    ("checkpoint", "map_quality", "optim", "train_config"),
    ("denoising", "evaluate", "export", "training_run"),
    ("inference", "resume"),
    ("fit",),
    ("baselines", "cards", "gallery", "logs"),
    ("artifacts", "sweep", "workers"),
    ("train", "ui"),
    ("app",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
HEAVY = {
    "gradio": {"ui", "app"},
    "plotly": {"ui", "app"},
    "matplotlib": {"figures"},
    "skimage": {"baselines"},
    "scipy": {"baselines"},
    "sklearn": {"map_quality"},
    "onnx": {"export"},
    "onnxruntime": {"export"},
    "onnxscript": {"export"},
}


def unit(path):
    """Name of the architectural unit a file belongs to: a module, or ui as a whole."""
    relative = path.relative_to(ROOT).with_suffix("").parts
    return relative[-1] if relative[0] != "autoencoder" else relative[1]


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources():
    return [path for path in (ROOT / "app.py", *PACKAGE.rglob("*.py")) if path.name != "__init__.py"]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path):
    own = unit(path)
    assert own in LEVEL, f"{own} has no layer: give it one in this test"
    for name in imported_modules(path):
        parts = name.split(".")
        if parts[0] != "autoencoder" or len(parts) < 2 or parts[1] == own or parts[1] not in LEVEL:
            continue
        assert LEVEL[parts[1]] < LEVEL[own], f"{path.name} imports {name}, which is not below it"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_stay_in_their_corners(path):
    for name in imported_modules(path):
        allowed = HEAVY.get(name.split(".")[0])
        assert allowed is None or unit(path) in allowed, f"{path.name} imports {name}"


def test_the_page_knows_neither_training_nor_the_dataset():
    banned = {"train", "data", "figures", "fit", "evaluate", "baselines", "sweep"}
    for path in (PACKAGE / "ui").glob("*.py"):
        used = {name.split(".")[1] for name in imported_modules(path) if name.startswith("autoencoder.")}
        assert not used & banned, f"{path.name} imports {used & banned}"


def test_importing_the_package_is_light():
    """The public API loads neither the page's nor the evaluation's libraries."""
    code = "import sys, autoencoder; print(*sorted({'gradio', 'plotly', 'sklearn', 'skimage'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""


def test_public_names_are_exactly_the_contract():
    import autoencoder

    assert sorted(autoencoder.__all__) == ["Autoencoder", "ModelConfig", "corrupt", "metrics"]
    assert all(hasattr(autoencoder, name) for name in autoencoder.__all__)
