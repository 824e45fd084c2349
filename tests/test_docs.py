"""The documents say what is: tables, commands, tree, links and front matter are checked against the project."""

import json
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from autoencoder import evaluate, train
from autoencoder.web.page_config import SAMPLES
from autoencoder.weights import noisy_codes
from docs import tables
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
TRAINING = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
LOG = ROOT / "docs" / "experiments.md"  # dated entries name what was there then
DOCUMENTS = [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md")} - {LOG}), ROOT / "SECURITY.md"]
COMMANDS = re.findall(r"^python -m autoencoder\.train[^#\n]*", README + TRAINING, re.MULTILINE)


@pytest.mark.parametrize("name", tables.TABLES)
def test_tables_are_the_recorded_numbers(name):
    """After a new training: `python -m docs.tables`."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert tables.filled(name, text) == text


def test_readme_fits_on_a_few_screens():
    assert len(README.splitlines()) <= 160


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_training_commands_are_understood(line, monkeypatch):
    seen = []
    monkeypatch.setattr(train, "run", seen.append)
    arguments = shlex.split(line)[3:]
    if "--help" in arguments:
        with pytest.raises(SystemExit) as stopped:
            train.main(arguments)
        assert stopped.value.code == 0
    else:
        assert train.main(arguments) == 0
        assert len(seen) == 1


def test_evaluation_command_is_understood(monkeypatch):
    seen = []
    monkeypatch.setattr(evaluate, "run", seen.append)
    assert evaluate.main(["weights/denoising"]) == 0
    assert [str(folder) for folder in seen[0].folders] == ["weights/denoising"]


def test_every_package_stands_in_the_tree():
    tree = re.search(r"## Tree\n\n```\n(.*?)```", README, re.DOTALL)[1]
    named = set(re.findall(r"^  (\w+)/", tree, re.MULTILINE))
    assert named == {path.parent.name for path in (ROOT / "autoencoder").glob("*/__init__.py")}


def test_every_requirement_is_explained():
    section = README[README.index("## What it stands on") :]
    for line in (ROOT / "requirements.txt").read_text().split():
        assert re.match(r"[\w-]+", line)[0] in section


def test_front_matter_makes_a_space():
    front = yaml.safe_load(README.split("---")[1])
    assert (front["sdk"], front["app_file"], front["license"]) == ("gradio", "app.py", "mit")
    assert (ROOT / front["thumbnail"]).is_file()
    assert len(front["short_description"]) <= 60
    required = re.search(r"gradio>=([\d.]+)", (ROOT / "requirements.txt").read_text())[1]
    assert front["sdk_version"].startswith(required)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_pictures_and_pages_that_are_linked_exist(path):
    for target in re.findall(r"\]\(((?!http)[^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_and_modules_that_are_named_exist(path):
    """Paths in backticks, from the root or from the package."""
    for target in re.findall(
        r"`((?:[\w-]+/)+[\w-]+\.(?:py|js|md|sh|conf|yaml|ipynb))`", path.read_text(encoding="utf-8")
    ):
        assert (ROOT / target).exists() or (ROOT / "autoencoder" / target).exists(), target


def snippet(document, language, mark):
    """The one block of that language that has ``mark`` in it, as it stands."""
    (found,) = (block for block in re.findall(rf"^```{language}\n(.*?)^```", document, re.M | re.S) if mark in block)
    return found


@pytest.fixture
def boot(samples, tmp_path):
    """A folder with the picture that the examples send."""
    Image.fromarray(samples[0]).save(tmp_path / "boot.png")
    return tmp_path


def test_python_client_example_runs(boot, server_url, engine, samples):
    code = snippet(API, "python", "gradio_client").replace("http://localhost:7860", server_url)
    code += "\nprint(scores['psnr'], nearest[0]['index'], x, y)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=boot, capture_output=True, text=True, check=True)
    psnr, nearest, x, y = ended.stdout.split()[-4:]
    assert 5 < float(psnr) < 40
    assert int(nearest) == engine.look_up(0.4, -1.2).neighbours[0].index
    assert (float(x), float(y)) == pytest.approx(engine.encode(tensor(samples[0])), abs=1e-3)


def test_shell_example_runs(boot, server_url, engine, samples):
    assert shutil.which("curl"), "the example needs curl: apt-get install curl"
    code = snippet(API, "sh", "curl").replace("http://localhost:7860", server_url)
    ended = subprocess.run(["sh", "-ec", code], cwd=boot, capture_output=True, text=True, check=True, timeout=300)
    decoded, encoded = re.findall(r"event: complete\ndata: (.*)", ended.stdout)
    assert f'"index": {engine.look_up(0.4, -1.2).neighbours[0].index}' in decoded
    assert [float(each) for each in encoded.strip("[]").split(",")] == pytest.approx(
        engine.encode(tensor(samples[0])), abs=1e-3
    )


def test_package_example_runs_and_importing_the_package_is_light():
    """The public API loads neither the page's nor the evaluation's libraries."""
    code = snippet(README, "python", "from_pretrained")
    loaded = "import sys, autoencoder; print(sorted({'gradio', 'sklearn', 'skimage'} & {*sys.modules}))\n"
    ended = subprocess.run([sys.executable, "-c", loaded + code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("[]\n")
    assert len(re.findall(r"\d+\.\d+", ended.stdout)) == 8
    lines = [line for line in code.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(lines) == 4


def tensor(pixels):
    return torch.from_numpy(pixels[None, None]).float() / 255


def test_answers_of_the_exercises_are_what_the_models_do(engine, samples):
    """Figures, leaps and links of docs/teaching.md, computed by the shipped models."""
    teaching = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")

    def under(kind: str, levels: tuple[float, ...], sample: int, model: str):
        image = torch.from_numpy(samples[SAMPLES[sample]] / 255.0).float()[None, None]
        return engine.denoise(image, model, kind, levels, 7)

    def errors(kind: str, model: str):
        answer = under(kind, (0.4,), 3, model)
        return pytest.approx([answer.noisy_scores["mse"][0], answer.scores["mse"][0]], abs=6e-4)

    def way(sample: int, model: str) -> tuple[str, float]:
        """The level of the longest step and how far the code goes before it."""
        levels = tuple(step / 100 for step in range(61))
        codes = np.array(under("gaussian", levels, sample, model).codes)
        leap = int(np.hypot(*np.diff(codes, axis=0).T).argmax())
        return f"{levels[leap + 1]:.2f}", np.hypot(*(codes[: leap + 1] - codes[0]).T).max()

    assert "sample=3&noise=masking&level=0.40&seed=7`" in teaching
    left, noisy = map(float, re.search(r"is left \(([\d.]+) of ([\d.]+)\)", teaching).groups())
    assert [noisy, left] == errors("gaussian", "denoising")
    noisy, left = map(float, re.search(r"Of masking's ([\d.]+) either model leaves ([\d.]+):", teaching).groups())
    assert [noisy, left] == errors("masking", "denoising")
    assert [noisy, left] == errors("masking", "basic")
    widths = json.loads((ROOT / "weights" / "sweep.json").read_text())["rows"]
    for row, level in ((widths[0], "0"), (widths[-1], "0"), (widths[-1], "0.25")):
        assert f"{row[f'autoencoder_{level}']['mean']:.4f} of {row[f'pca_{level}']['mean']:.4f}" in teaching
    assert "map=denoising&sample=1`" in teaching
    assert way(1, "denoising")[1] < 0.05  # stays to the end
    level, before = way(1, "basic")
    assert f"leaves the star at {level}" in teaching
    assert before < 0.1
    level, before = way(7, "denoising")
    assert f"the sneaker (`sample=7`) leaps at {level}" in teaching
    assert before < 0.1
    for name, text in (("basic", "by {:.2f} with the one"), ("denoising", "by {:.2f} with the other")):
        content = (ROOT / "weights" / name / noisy_codes.FILE).read_bytes()
        codes = noisy_codes.NoisyCodes.from_bytes(content, engine.checkpoint(name).latent_map)
        moves = codes.places[noisy_codes.LEVELS.index(0.4)] - codes.places[0]
        assert text.format(np.hypot(*moves.T).mean()) in teaching
