"""Pieces of work in processes of their own end together, also where no signal asks a process anything."""

import time

import pytest

from autoencoder.training import jobs
from autoencoder.training.training_run import StoppedError
from autoencoder.training.workspace import Workspace


def wait_until(comes):
    """Wait for two minutes at most."""
    deadline = time.monotonic() + 120
    while not comes():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def train_until_asked(workspace, position):
    """Stands for a training: looks after each step whether to stop, and then writes down where it is."""
    (workspace.folder / "begun").touch()
    wait_until(lambda: workspace.is_stopping)
    (workspace.folder / "state").write_text("written down")
    raise StoppedError("Stopped.")


def fail_when_the_other_has_begun(workspace, position):
    wait_until((workspace.folder / "begun").exists)
    raise ValueError("failed")


@pytest.mark.slow
def test_where_sigterm_kills_a_failure_still_lets_the_others_write_down_where_they_are(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path)
    workspace.finished.mkdir(parents=True)
    monkeypatch.setattr(jobs, "SIGTERM_ASKS", False)
    tasks = [("trains", train_until_asked, ()), ("fails", fail_when_the_other_has_begun, ()), ("waits", len, ())]
    with pytest.raises(ValueError, match="failed"):
        list(jobs.in_parallel(tasks, 2, workspace))
    assert (workspace.folder / "state").read_text() == "written down"
