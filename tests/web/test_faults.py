"""Damaged weights: each is refused by the name of its file, and the sound models are served."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import httpx
import numpy as np
import pytest

from autoencoder import files
from autoencoder.web import models
from autoencoder.weights import checkpoint
from benchmarks.server import served
from tests.conftest import ROOT
from tests.support.caller import TELLTALE, Caller
from tests.support.faults import CARD, FAULTS, MAP, WEIGHTS, flip
from tests.web.test_app import run


@pytest.fixture
def root(tmp_path):
    """A weights folder with two models."""
    for name in ("basic", "denoising"):
        shutil.copytree(ROOT / "weights" / name, tmp_path / "weights" / name, ignore=shutil.ignore_patterns("figures"))
    return tmp_path / "weights"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_the_sound_model_is_served(root, fault):
    blamed, damage = FAULTS[fault]
    damage(root / "basic")
    sound, damaged = checkpoint.load_sound(root)
    assert list(sound) == ["denoising"]
    assert damaged["basic"].file == blamed
    assert f"{root / 'basic' / blamed} " in str(damaged["basic"])
    assert not TELLTALE.search(damaged["basic"].cause)
    with pytest.raises(checkpoint.CheckpointError, match=blamed):
        checkpoint.load(root / "basic")


def test_an_unreadable_file_is_named():
    """As another user than the file's owner; root may read everything."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "basic")
        shutil.copytree(ROOT / "weights" / "basic", folder)
        Path(scratch).chmod(0o755)
        (folder / WEIGHTS).chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(
                checkpoint.CheckpointError, match=r"model\.safetensors cannot be read \(Permission denied"
            ):
                checkpoint.load(folder)
        finally:
            os.seteuid(user)


def test_when_no_model_is_sound_the_app_ends_with_a_sentence(root):
    flip(root / "basic" / WEIGHTS)
    (root / "denoising" / MAP).unlink()
    ended = run("--port", "17862", "--weights", str(root))
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "basic/model.safetensors is not the file that metrics.json describes" in ended.stderr
    assert "denoising/latent_map.npz is missing" in ended.stderr


@pytest.fixture(scope="module")
def crippled(tmp_path_factory):
    """The app with one of three models damaged, and a shared file; its address and its log."""
    root = tmp_path_factory.mktemp("crippled") / "weights"
    shutil.copytree(ROOT / "weights", root)
    flip(root / "basic" / WEIGHTS)
    (root / "seeds.json").write_text('{"models": 5}')
    (root / "denoising" / "figures" / "classes.png").write_bytes(b"\x89PNG")
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url, log
    assert "Traceback" not in log.read_text()


def test_the_sound_models_answer_and_health_tells_what_is_missing(crippled):
    url, log = crippled
    health = httpx.get(f"{url}/healthz").json()
    assert list(health["models"]) == ["denoising", "denoising-64"]
    assert (
        "The model basic is missing: its model.safetensors is not the file that metrics.json describes."
        in health["missing"]
    )
    assert str(log.parent) not in str(health)
    assert "basic/model.safetensors is not the file" in log.read_text()
    caller = Caller(url, log)
    values, complaint = caller.call("decode", {"data": [0, 0, "basic"]})
    assert values is None
    assert complaint == "There is no model 'basic'. Choose one of: denoising, denoising-64."
    caller.expect_health()
    caller.http.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_says_which_model_is_missing_and_which_answer(crippled, page, theme, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{crippled[0]}/?__theme={theme}")
    notice = page.locator("#missing-models")
    notice.wait_for()
    assert notice.locator("p").all_inner_texts() == [
        "The model basic is missing: its model.safetensors is not the file that metrics.json describes.",
        "The report lacks denoising/figures/classes.png, which is damaged.",
        "The report lacks seeds.json, which is damaged.",
    ]
    box = notice.bounding_box()
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= width - 8
    weights = page.locator("#weights").inner_text()
    assert "denoising " + checkpoint.sha256(ROOT / "weights" / "denoising" / WEIGHTS)[:8] in weights
    assert "basic" not in weights
    page.locator("#model label").first.wait_for()
    assert page.locator("#model label").all_inner_texts() == ["denoising", "denoising-64"]


def test_a_sound_folder_has_nothing_to_complain_of():
    found = models.load(ROOT / "weights")
    assert not found.complaints
    assert json.loads(found.config)["missing"] == []
    assert found.identity == models.load(ROOT / "weights").identity


def test_a_bit_flipped_anywhere_in_a_map_is_found(root):
    """The map has no checksum of its own but those of its archive."""
    content = (root / "basic" / MAP).read_bytes()
    good = checkpoint.load(root / "basic").latent_map
    for at in np.random.default_rng(0).integers(0, len(content), 60):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        (root / "basic" / MAP).write_bytes(damaged)
        sound, refused = checkpoint.load_sound(root)
        if "basic" in sound:  # a field of the archive that nobody reads
            loaded = sound["basic"].latent_map
            assert np.array_equal(loaded.codes, good.codes)
            assert np.array_equal(loaded.labels, good.labels)
        else:
            assert refused["basic"].file == MAP


def test_writes_leave_the_old_file_or_the_new_one(tmp_path):
    (tmp_path / CARD).write_text("old")
    (tmp_path / CARD).chmod(0o644)
    with pytest.raises(TypeError):
        files.write_bytes(tmp_path / CARD, "text")
    assert (tmp_path / CARD).read_text() == "old"
    files.write_bytes(tmp_path / CARD, b"new")
    assert (tmp_path / CARD).read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == [CARD]
