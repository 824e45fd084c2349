"""`pip install .`: what the wheel holds, and that it works away from the checkout."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CALL = """
import sys
from importlib.metadata import entry_points
for name in sys.argv[1:]:
    (command,) = entry_points(group="console_scripts", name=name)
    sys.argv = [name, "--help"]
    try:
        command.load()()
    except SystemExit as end:
        assert not end.code
"""
PAGE = """
import sys
from pathlib import Path
import autoencoder
from autoencoder.web import models
from autoencoder.web.server import Service
Service(models.ModelRegistry(models.load(Path(sys.argv[1]))), "127.0.0.1")
print(autoencoder.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy: nothing of the checkout's own build folder can get in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "app.py"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "autoencoder", source / "autoencoder", ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", target, source]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (path,) = target.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


def run(installed, code, *arguments, cwd):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed), "GRADIO_ANALYTICS_ENABLED": "False"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_wheel_holds_the_package_with_its_scripts_and_styles(wheel):
    """And nothing else: no weights, no tests, no top-level modules."""
    suffixes = {".py", ".js", ".css", ".html"}
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "autoencoder").rglob("*")
        if path.suffix in suffixes or path.parent.name == "vendor"  # with its licence
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_wheel_asks_for_what_requirements_ask_for(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = message_from_string(wheel.read(name).decode())
    asked = {re.sub(r"\s", "", each) for each in metadata.get_all("Requires-Dist") if "extra ==" not in each}

    def normal(line):
        named, *limits = re.split(r"(?=[<>=])", line, maxsplit=1)
        return named, frozenset("".join(limits).split(","))

    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    assert {normal(each) for each in asked} == {normal(each) for each in wanted}
    assert metadata["Version"] == PROJECT["version"]


def test_commands_work_away_from_the_checkout(installed, tmp_path):
    shown = run(installed, CALL, *PROJECT["scripts"], cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("usage:") == len(PROJECT["scripts"])


def test_page_is_complete_away_from_the_checkout(installed, tmp_path):
    """Its scripts, styles and texts are read from the package, not from the current folder."""
    built = run(installed, PAGE, str(ROOT / "weights"), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert built.stdout.strip().splitlines()[-1] == str(installed / "autoencoder" / "__init__.py")
