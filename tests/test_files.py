"""Files are read only if they are files, and folders replaced, also where a system lacks what Linux has."""

import contextlib
import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from autoencoder import files
from autoencoder.training import workspace


@pytest.fixture(params=["linux", "windows"])
def system(request, monkeypatch):
    """This system, and one without the names that Windows lacks."""
    if request.param == "windows":
        for name in ("O_NONBLOCK", "O_NOFOLLOW"):
            monkeypatch.delattr(os, name)
        monkeypatch.setattr(os, "O_BINARY", 0, raising=False)


@pytest.mark.usefixtures("system")
def test_a_file_and_a_link_to_one_are_read_up_to_the_limit(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"12\r\n345")
    (tmp_path / "link.png").symlink_to(path)
    assert files.read_regular(path, 100) == b"12\r\n345"
    assert files.read_regular(tmp_path / "link.png", 3) == b"12\r"


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "loop", "missing"])
def test_what_is_no_file_is_refused_at_once(kind, tmp_path):
    path = tmp_path / "a.png"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
    refusal: list[OSError] = []

    def read():
        try:
            files.read_regular(path, 100)
        except OSError as error:
            refusal.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(30)  # without an end of its own, a FIFO's reader would wait for ever
    assert refusal


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_drive_that_syncs_no_folders_can_be_written_to(code, tmp_path, monkeypatch):
    whole = os.fsync

    def refuse_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    files.write_bytes(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"


def test_a_folder_takes_anothers_place_and_leaves_nothing_else(tmp_path):
    for name in ("old", "new", ".old-old"):  # the last left by a replacement that was cut
        (tmp_path / name).mkdir()
        (tmp_path / name / "inside").write_text(name)
    files.replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old" / "inside").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_lock_file_that_cannot_be_deleted_while_it_is_open_ends_no_training(tmp_path, monkeypatch):
    """Windows refuses to delete it; the next training locks it again."""
    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if path.suffix == ".lock":
            raise PermissionError(errno.EACCES, "in use by another process", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    for _ in range(2):
        with workspace.opened(tmp_path, {}, resume=False):
            second = workspace.opened(tmp_path, {}, resume=False)
            with pytest.raises(workspace.WorkspaceError):
                contextlib.ExitStack().enter_context(second)


def test_a_new_training_first_finishes_a_replacement_that_was_cut(tmp_path):
    """The old folder may be gone already: beginning anew must not discard the only whole one."""
    with workspace.opened(tmp_path, {}, resume=False) as place:
        (place.finished / "basic").mkdir()
        (place.finished / "basic" / "card").write_text("new")
        (place.folder / "placing").touch()
    with workspace.opened(tmp_path, {"other": 1}, resume=False):
        assert (tmp_path / "basic" / "card").read_text() == "new"
