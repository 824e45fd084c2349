"""Models replaced while the app runs: whole sets, never a mixture, and never a damaged one."""

import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from autoencoder.web import models, reload
from autoencoder.web.models import ModelRegistry
from autoencoder.web.reload import Watch, signature
from autoencoder.weights import checkpoint, noisy_codes
from benchmarks.support.server import served
from tests.conftest import ROOT
from tests.support.caller import Caller
from tests.support.damaged_weights import MAP, WEIGHTS, tensors
from tests.support.denoise_page import settled

PLACE = {"places": [[0.3, -0.4]], "model": "denoising"}
PATIENCE = 60


def other(folder: Path, factor: float = 0.5) -> None:
    """Make another model of a folder's: sound, but its decoder's pictures are of another brightness."""

    def dim(loaded):
        name = max(key for key in loaded if key.startswith("decoder") and key.endswith(".bias"))
        last = [key for key in loaded if key.startswith("decoder") and key.endswith("bias") and len(loaded[key]) == 784]
        loaded[(last or [name])[0]] += factor

    tensors(folder, dim)


def put_in_place(new: Path, target: Path) -> None:
    """As the training does it: one folder after another, each by renaming."""
    for folder in sorted(new.iterdir()):
        old = target / folder.name
        if old.exists():
            shutil.move(old, new / f".old-{folder.name}")
        folder.rename(old)


@pytest.fixture
def root(tmp_path):
    """A small weights folder: two models and what they share."""
    (tmp_path / "weights").mkdir()
    for name in ("samples.png", "samples.webp"):
        shutil.copy(ROOT / "weights" / name, tmp_path / "weights")
    for name in ("basic", "denoising"):
        left_out = shutil.ignore_patterns("figures", "film.*", "history.csv")
        shutil.copytree(ROOT / "weights" / name, tmp_path / "weights" / name, ignore=left_out)
    return tmp_path / "weights"


@pytest.fixture
def trained(root, tmp_path):
    """Another set of the same models, finished and ready to be put in place."""
    for name in ("basic", "denoising"):
        shutil.copytree(root / name, tmp_path / "trained" / name)
        other(tmp_path / "trained" / name)
    return tmp_path / "trained"


@pytest.fixture
def watch(root):
    """A watch that looks only when told to, with the registry that it changes."""
    registry = ModelRegistry(models.load(root))
    return Watch(registry, root, torch.device("cpu"), signature(root)), registry


@pytest.fixture
def looked_at(tmp_path, monkeypatch):
    """A watch of a folder of files, what it holds, and by name what is damaged of what it will load."""
    (tmp_path / "weights").mkdir()
    damaged = {}

    def load(*_):
        return SimpleNamespace(complaints=dict(damaged), engine=SimpleNamespace(checkpoints={}), assets=None)

    monkeypatch.setattr(models, "load", load)
    registry = ModelRegistry(load())
    return Watch(registry, tmp_path / "weights", None, frozenset()).look, registry, damaged


def test_a_new_set_takes_over_when_the_folder_is_quiet(looked_at, tmp_path):
    look, registry, _ = looked_at
    before = registry.now
    assert not look()
    assert not look()
    (tmp_path / "weights" / "basic").write_text("new")
    assert not look()  # perhaps not finished yet
    assert look()
    assert registry.now is not before
    assert not look()


def test_a_half_finished_replacement_is_waited_for(looked_at, tmp_path):
    """Each look sees another state: none is loaded until nothing moves any more."""
    look, registry, _ = looked_at
    before = registry.now
    for name in ("basic", "denoising"):
        (tmp_path / "weights" / name).write_text("new")
        assert not look()
        assert registry.now is before
    assert look()


def test_a_set_that_changes_while_it_is_read_is_read_again(looked_at, tmp_path, monkeypatch):
    look, registry, _ = looked_at
    before, load = registry.now, models.load

    def load_slowly(*place):
        monkeypatch.setattr(models, "load", load)
        (tmp_path / "weights" / "denoising").write_text("newer")
        return load(*place)

    monkeypatch.setattr(models, "load", load_slowly)
    (tmp_path / "weights" / "basic").write_text("new")
    assert [look() for _ in range(3)] == [False] * 3
    assert registry.now is before
    assert look()


def test_a_damaged_set_keeps_the_old_one_and_says_so_once(looked_at, tmp_path, capsys):
    look, registry, damaged = looked_at
    before = registry.now
    damaged["basic"] = "The model basic is missing."
    (tmp_path / "weights" / "basic").write_text("damaged")
    assert [look() for _ in range(5)] == [False] * 5
    assert registry.now is before
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "replaced, but the old ones go on answering: The model basic is missing." in said[0]
    damaged.clear()
    (tmp_path / "weights" / "basic").write_text("mended")
    look()
    assert look()


def test_a_file_copied_over_in_place_does_no_harm(root):
    """Nothing is mapped, so the models in memory stay as they were, however the files change under them."""
    model = checkpoint.load(root / "denoising").model
    with torch.inference_mode():
        before = model.decode(torch.tensor([[0.3, -0.4]]))
        with (root / "denoising" / WEIGHTS).open("r+b") as file:
            file.truncate(100)
        after = model.decode(torch.tensor([[0.3, -0.4]]))
    assert torch.equal(before, after)


def test_a_file_that_was_replaced_is_not_served_under_its_old_address(watch, root, trained):
    look, registry = watch
    old = registry.now.assets
    url = old.url("denoising/codes.bin")
    with np.load(trained / "denoising" / MAP) as arrays:
        np.savez_compressed(trained / "denoising" / MAP, **{**arrays, "codes": arrays["codes"] * np.float32(1.5)})
    (trained / "denoising" / noisy_codes.FILE).unlink()  # of the map before
    put_in_place(trained, root)
    look.look()
    assert look.look()
    _, version, name = url.split("/", 2)
    assert registry.now.assets.respond(name, version, False) is None


@pytest.fixture
def running(root):
    """The app on a folder that may be replaced: address, log, folder."""
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url, log, root
    assert "Traceback" not in log.read_text()


@pytest.fixture
def server_url(running):
    """Where the page opens."""
    return running[0]


def until_set_differs(url: str, old: str) -> str:
    """The identity of the set that answers, once it is another than ``old``."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (now := httpx.get(f"{url}/healthz", timeout=30).json()["set"]) != old:
            return now
        time.sleep(0.2)
    raise AssertionError("The models did not change.")


@pytest.mark.slow
def test_every_answer_during_a_replacement_comes_from_one_set_as_it_says(running, trained):
    """Clients that never pause see the old picture under the old name, then the new under the new, and no other."""
    url, log, root = running
    old = httpx.get(f"{url}/healthz").json()["set"]
    seen, failures, stop = [], [], threading.Event()

    def ask():
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                answer = client.post("/live/decode-many", json=PLACE)
                if answer.status_code != 200:
                    failures.append(answer.text)
                else:
                    seen.append((answer.headers["X-Models"], answer.json()["images"]))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    put_in_place(trained, root)
    try:
        new = until_set_differs(url, old)
        last = httpx.post(f"{url}/live/decode-many", json=PLACE)
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert not failures
    assert last.headers["X-Models"] == new
    assert {name for name, _ in seen} == {old, new}
    assert len(set(seen)) == 2
    assert httpx.get(f"{url}/healthz").json()["models"] == {
        name: checkpoint.sha256(root / name / WEIGHTS) for name in ("denoising", "basic")
    }
    caller = Caller(url, log)
    values, complaint = caller.call("decode", {"data": [0.3, -0.4, "denoising"]})
    assert values, complaint
    caller.http.close()


@pytest.mark.slow
def test_an_open_page_says_that_its_models_were_replaced_and_a_new_one_shows_the_new(running, trained, page):
    url, _, root = running
    page.goto(url)
    settled(page)
    old = httpx.get(f"{url}/healthz").json()["set"]
    shown = page.locator("#weights").inner_text()
    put_in_place(trained, root)
    until_set_differs(url, old)
    page.locator("#samples [data-sample='2']").click()
    expect(page.locator("#models-replaced")).to_contain_text("This page or its models were replaced while it was open.")
    page.locator("#models-replaced button").click()
    settled(page)
    expect(page.locator("#models-replaced")).to_have_count(0)
    expect(page.locator("#weights")).to_contain_text(checkpoint.sha256(root / "basic" / WEIGHTS)[:8])
    assert page.locator("#weights").inner_text() != shown
    config = httpx.get(f"{url}/live/config")
    assert config.json()["set"] == config.headers["X-Models"] == httpx.get(f"{url}/healthz").json()["set"]


def test_a_log_on_a_full_disk_does_not_end_the_watch(tmp_path, monkeypatch):
    looks, looked_again = iter([OSError("No space left on device")]), threading.Event()

    def look(watch):
        for error in looks:
            raise error
        looked_again.set()
        threading.Event().wait()  # it looks no more

    monkeypatch.setattr(reload, "INTERVAL", 0)
    monkeypatch.setattr(Watch, "look", look)
    Watch(None, tmp_path, None, frozenset()).start()
    assert looked_again.wait(10)


def test_links_that_lead_nowhere_and_folders_that_vanish_do_not_end_the_watch(tmp_path, monkeypatch):
    names = [f"{number}" for number in range(9)]
    for name in names[1::2]:
        (tmp_path / name).symlink_to("nowhere")
    for name in names[::2]:
        (tmp_path / name).touch()
    whole = signature(tmp_path)
    assert {Path(path).name for path, *_ in whole} == set(names[::2])
    glob = Path.glob

    def vanishing(folder, pattern):
        yield from glob(folder, pattern)
        raise FileNotFoundError(folder)

    monkeypatch.setattr(Path, "glob", vanishing)
    assert signature(tmp_path) == whole


def test_what_a_file_manager_leaves_in_a_folder_is_no_change(tmp_path):
    (tmp_path / "basic").mkdir()
    (tmp_path / "basic/config.json").touch()
    before = signature(tmp_path)
    (tmp_path / "basic/.DS_Store").touch()
    assert signature(tmp_path) == before
    (tmp_path / "basic/history.csv").touch()
    assert signature(tmp_path) != before
