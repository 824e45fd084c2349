"""The temporary folder: what goes, what stays, and what is never touched."""

import os
import socket
import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from autoencoder.web import temporary_files
from autoencoder.web.temporary_files import BUDGET, CEILING, GRACE, MAX_AGE, Janitor
from benchmarks.server import served
from tests.support.raw_http import png, run, upload

LATER = MAX_AGE + 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(temporary_files.VARIABLE, str(tmp_path / "kept"))
    return temporary_files.claim()


def put(path, size=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def on_disk(folder):
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_everything_is_gone_within_the_hour(folder):
    """Uploads, results and what a cut upload left behind, with the folders around them."""
    assert MAX_AGE + 2 * GRACE < 3600
    put(folder / ("a" * 64) / "picture.png")
    put(folder / "tmpabcdef")
    (folder / "link").symlink_to("/etc/passwd")
    keeper, now = Janitor(folder), time.time()
    keeper.sweep(now + LATER)
    keeper.sweep(now + LATER + GRACE + 1)
    assert list(folder.iterdir()) == []
    assert folder.is_dir()
    assert Path("/etc/passwd").is_file()


def test_fresh_files_stay_though_they_are_too_much(folder):
    """Someone is about to use them."""
    put(folder / "a" / "1", BUDGET + 1)
    keeper = Janitor(folder)
    keeper.sweep(time.time() + GRACE - 5)
    assert (folder / "a" / "1").exists()


def test_beyond_the_budget_the_oldest_go_first(folder):
    files = [put(folder / str(i) / "x", BUDGET // 4) for i in range(8)]
    for age, file in zip(range(8, 0, -1), files, strict=True):
        os.utime(file, (time.time() - GRACE - age,) * 2)
    Janitor(folder).sweep()
    assert on_disk(folder) <= BUDGET
    assert files[-1].exists()
    assert not files[0].exists()


def test_a_folder_that_is_too_full_takes_nothing_more(folder):
    keeper = Janitor(folder)
    keeper.size = CEILING + 1
    assert keeper.is_full()
    keeper.sweep()
    assert not keeper.is_full()


def test_names_that_gradio_collects_do_not_pile_up(folder):
    keeper, names = Janitor(folder), {"a", "b"}
    keeper.lists = [names]
    keeper.sweep()
    assert names == set()


@pytest.mark.parametrize("kind", ["pipe", "folder", "link out", "outside", "missing", "dotted", "null", "descriptor"])
def test_only_regular_files_of_the_folder_are_read(folder, tmp_path, kind):
    outside = put(tmp_path / "secret")
    path = folder / "x"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link out":
            path.symlink_to(outside)
        case "outside":
            path = outside
        case "dotted":
            path = folder / ".." / "secret"
        case "null":
            path = f"{folder}/\x00"
        case "descriptor":
            path = Path("/proc/self/fd/0")
        case _:
            pass
    assert not temporary_files.is_ours(path)
    assert temporary_files.read(path, 100) is None


def test_a_file_of_the_folder_is_read_up_to_the_limit(folder):
    assert temporary_files.read(put(folder / "x", 100), 7) == b"x" * 7


def test_the_folder_is_the_users_own(tmp_path, monkeypatch):
    """Nobody else's: not shared with other apps, closed to other users, and no trap that one of them laid."""
    monkeypatch.setattr(temporary_files.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(temporary_files.VARIABLE, "")  # put back at the end, whatever claim() sets
    first = temporary_files.claim()
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    assert first.parent.parent == tmp_path
    trap = tmp_path / "others"
    trap.mkdir()
    first.rmdir()
    first.parent.rmdir()
    first.parent.symlink_to(trap)
    monkeypatch.setenv(temporary_files.VARIABLE, "")
    second = temporary_files.claim()
    assert first.parent not in second.parents
    assert trap not in second.resolve().parents
    assert stat.S_IMODE(second.parent.stat().st_mode) == 0o700


def test_nothing_but_a_folder_of_its_own_name_is_ever_swept(tmp_path, monkeypatch):
    """Whatever the variable names, or links to: someone's home must survive a slip of the pen."""
    home = tmp_path / "home"
    mine = put(home / "thesis.txt")
    os.utime(mine, (time.time() - LATER,) * 2)
    link = tmp_path / "link"
    link.symlink_to(home)
    for named in (home, link):
        monkeypatch.setenv(temporary_files.VARIABLE, str(named))
        kept = put(temporary_files.claim() / "x")
        keeper = Janitor(temporary_files.folder())
        keeper.sweep(time.time() + LATER)
        assert not kept.exists()
        assert mine.exists()
    with pytest.raises(ValueError, match="not a folder to sweep"):
        Janitor(home)
    (tmp_path / temporary_files.NAME).symlink_to(home)
    with pytest.raises(ValueError, match="not a folder to sweep"):
        Janitor(tmp_path / temporary_files.NAME)
    monkeypatch.setenv(temporary_files.VARIABLE, str(tmp_path))
    with pytest.raises(ValueError, match="must be a folder of the app's own"):
        temporary_files.claim()


def test_the_app_cleans_up_at_its_start_and_keeps_a_cut_upload_no_longer_than_others(tmp_path):
    """Left by a process that was killed; and what a visitor began to send lies where the janitor looks."""
    folder = tmp_path / temporary_files.NAME
    old = put(folder / ("b" * 64) / "old.png")
    os.utime(old, (time.time() - LATER,) * 2)
    with served(tmp_path / "log", GRADIO_TEMP_DIR=str(tmp_path), AUTOENCODER_DEVICE="cpu") as url:
        assert not old.exists()
        path = Path(upload(url, png(tmp_path / "a.png")))
        assert path.is_relative_to(folder)
        assert run(url, "encode", [{"path": str(path)}, "denoising"])[0] == "complete"
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            head = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + "x" * 1000
            connection.sendall(
                f"POST /gradio_api/upload HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 5000\r\n"
                f"Content-Type: multipart/form-data; boundary=b\r\n\r\n{head}".encode()
            )
            while not list(folder.glob("tmp*")):
                assert run(url, "decode", [0, 0, "denoising"])[0] == "complete"
    keeper = Janitor(folder)
    keeper.sweep(time.time() + LATER)
    assert not [each for each in folder.rglob("*") if each.is_file()]


def test_a_thousand_requests_leave_little(folder):
    """As many results as a thousand calls of /denoise make, four pictures each."""
    for i in range(4000):
        put(folder / f"{i:064}" / "image.png", 900)
    keeper = Janitor(folder)
    keeper.sweep(time.time() + GRACE + 5)
    keeper.sweep(time.time() + 2 * GRACE + 10)
    assert sum(each.lstat().st_blocks * 512 for each in folder.rglob("*")) < 50_000_000
