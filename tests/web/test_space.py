"""What is uploaded as a Space: all that the app needs, and nothing else."""

import os
import re
import subprocess
import sys
import urllib.request
from types import ModuleType

import pytest
import torch
import yaml

from autoencoder import device
from autoencoder.web import zero_gpu
from benchmarks.support.server import free_port
from deploy import probe, space
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

SPACE = "somebody/garment"
RUNNER = ROOT / "tests" / "support" / "isolated_app.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A folder with exactly the files of the upload."""
    folder = tmp_path_factory.mktemp("space")
    space.stage(folder, SPACE)
    return folder


@pytest.fixture(scope="module")
def running(copy, tmp_path_factory):
    """Address of the app in the copy, run with its requirements alone, and its log."""
    home = tmp_path_factory.mktemp("home")
    log = home / "log"
    port = free_port()
    # Not SYSTEM=spaces: then Gradio wants the platform's own package, which benchmarks.space installs.
    variables = {"HOME": str(home), "PATH": os.environ["PATH"]}
    variables |= {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "AUTOENCODER_DEVICE": "cpu"}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", RUNNER], cwd=copy, env=variables, stdout=sink, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        probe.wait(url, 300, lambda: process.poll() is None)
        yield url, log
    finally:
        process.terminate()
        status = process.wait(30)
    assert status == 0, log.read_text()


def test_app_runs_from_the_copy_with_its_requirements_alone(running):
    """The tools of the tests cannot be imported there, nor anything of the repository."""
    url, log = running
    names = probe.wait(url, 0)["models"]
    assert {"basic", "denoising"} <= set(names)
    for name in names:
        assert 0 < probe.denoise(url, name)["scores"]["mse"][probe.LEVEL] < 0.2
    hidden = log.read_text().partition("\n")[0].split()
    assert {"pytest", "playwright", "mypy"} <= set(hidden)
    assert "torch" not in hidden
    assert "Traceback" not in log.read_text()


def test_everything_that_the_page_fetches_is_in_the_copy(running):
    """Maps, thumbnails and the report's pictures."""
    url, _ = running
    page = ""
    for content in ("config", "report"):
        with urllib.request.urlopen(f"{url}/live/{content}") as answer:
            page += answer.read().decode()
    assets = set(re.findall(r"assets/[0-9a-f]{12}/[\w./-]+", page))
    assert len(assets) > 20
    for address in assets:
        with urllib.request.urlopen(f"{url}/{address}") as answer:
            assert answer.read(), address


def test_upload_holds_nothing_but_the_app(tmp_path):
    copy = tmp_path
    space.stage(copy, SPACE)
    found = {path.relative_to(copy) for path in copy.rglob("*") if path.is_file()}
    assert {path.parts[0] for path in found} == {
        "app.py", "autoencoder", "docs", "weights", "requirements.txt", "README.md", "LICENSE",
    }  # fmt: skip
    shown = set(re.findall(r"\]\((docs/images/[\w.]+)\)", (copy / "README.md").read_text()))
    assert {str(path) for path in found if path.parts[0] == "docs"} == shown
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {str(path) for path in found} <= set(tracked.splitlines())
    assert sum((copy / path).stat().st_size for path in found) < 30e6
    assert all((copy / path).stat().st_size < 10e6 for path in found)  # larger ones need other storage


def test_dry_run_lists_the_files_and_sends_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(space, "_upload", None)
    assert space.main([SPACE, "--dry-run"]) == 0
    said = capsys.readouterr().out
    space.stage(tmp_path, SPACE)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert set(re.findall(r"^ *\d+  (\S+)$", said, re.MULTILINE)) == found
    assert "Nothing was sent" in said


@pytest.mark.parametrize("sdk", space.SDKS)
def test_upload_makes_the_space_and_sends_the_files_to_it(sdk, tmp_path, monkeypatch):
    """Seen by a program in the place of ``hf``, which notes its words and what lies in the folder."""
    notes = tmp_path / "notes"
    program = tmp_path / "hf"
    program.write_text(f'#!/bin/sh\necho "$@" >>{notes}\n[ "$1" = upload ] && ls -A "$3" >>{notes}\nexit 0\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert space.main([SPACE, "--sdk", sdk]) == 0
    made, sent, *names = notes.read_text().splitlines()
    assert made == f"repos create {SPACE} --repo-type space --space-sdk {sdk} --exist-ok"
    assert re.fullmatch(rf"upload {SPACE} \S+ \. --repo-type space --delete \*", sent)
    assert {"README.md", "index.html", "live"} < set(names) if sdk == "static" else {"app.py", "weights"} < set(names)
    assert ("Dockerfile" in names) == (".dockerignore" in names) == (sdk == "docker")


def test_failed_upload_is_told_to_the_shell(tmp_path, monkeypatch):
    (tmp_path / "hf").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "hf").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert space.main([SPACE]) == 3


def test_name_that_is_no_space_is_one_sentence(capsys):
    assert space.main(["garment"]) == 2
    assert "user/name" in capsys.readouterr().err


def test_front_matter_is_that_of_the_sdk():
    """A thumbnail must be a full address; a Docker Space names a port instead of Gradio's version."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    fronts = {sdk: yaml.safe_load(space.front_matter_for(readme, SPACE, sdk).split("---\n")[1]) for sdk in space.SDKS}
    for front in fronts.values():
        assert front["thumbnail"] == f"https://huggingface.co/spaces/{SPACE}/resolve/main/docs/images/denoise.png"
    assert fronts["gradio"]["sdk"] == "gradio"
    assert fronts["docker"]["sdk"] == "docker"
    assert fronts["docker"]["app_port"] == 7860
    assert not {"sdk_version", "python_version", "app_file"} & set(fronts["docker"])
    assert space.front_matter_for(readme, SPACE).split("---\n", 2)[2] == readme.split("---\n", 2)[2]


def test_zero_gpu_gets_a_declared_function_that_is_never_called(tmp_path):
    """With the platform's package there is one, without it nothing happens; either way nothing is imported early."""
    (tmp_path / "spaces.py").write_text("calls = []\ndef GPU(**options):\n    return calls.append\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from autoencoder.web import zero_gpu; "
        "assert 'spaces' not in sys.modules; print(zero_gpu.declare()); "
        "print([f.__name__ for f in sys.modules['spaces'].calls])"
    )
    said = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:2] == ["True", "['_borrow']"]


@pytest.mark.parametrize("found", [None, ModuleType("spaces")], ids=["nothing", "a folder of that name"])
def test_without_the_platforms_package_nothing_is_declared(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", found)
    assert zero_gpu.declare() is False


def test_on_zero_gpu_nothing_looks_at_cuda(monkeypatch):
    """Its package ends a process that has looked before it was imported."""
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("looked at CUDA"))
    assert device.resolve("auto").type == "cpu"
    with pytest.raises(ValueError, match="no cuda device"):
        device.resolve("cuda")
