"""The README says what is: its tables, commands, tree and front matter are checked against the project."""

import re
import shlex

import pytest
import yaml

from autoencoder import evaluate, train
from docs import readme_tables
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_tables_are_the_recorded_numbers():
    """After a new training: `python -m docs.readme_tables`."""
    assert readme_tables.filled(README) == README


@pytest.mark.parametrize("line", re.findall(r"^python -m autoencoder\.train[^#\n]*", README, re.MULTILINE))
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


def test_every_module_stands_in_the_tree():
    tree = re.search(r"## Tree\n\n```\n(.*?)```", README, re.DOTALL)[1]
    named = set(re.findall(r"\b(\w+\.py)\b", tree))
    assert named == {"app.py", *(path.name for path in (ROOT / "autoencoder").glob("*.py"))} - {"__init__.py"}


def test_every_requirement_is_explained():
    table = README[README.index("## What it stands on") :]
    for line in (ROOT / "requirements.txt").read_text().split():
        assert re.match(r"[\w-]+", line)[0] in table


def test_front_matter_makes_a_space():
    front = yaml.safe_load(README.split("---")[1])
    assert (front["sdk"], front["app_file"], front["license"]) == ("gradio", "app.py", "mit")
    assert (ROOT / front["thumbnail"]).is_file()
    assert len(front["short_description"]) <= 60
    required = re.search(r"gradio>=([\d.]+)", (ROOT / "requirements.txt").read_text())[1]
    assert front["sdk_version"].startswith(required)


def test_pictures_and_pages_it_links_exist():
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (ROOT / target).exists(), target
