"""``python app.py``: what it says when it cannot serve, and of its options."""

import subprocess
import sys
from pathlib import Path

import pytest

from autoencoder.web import command_line, models
from autoencoder.weights.checkpoint import CheckpointError
from benchmarks.support.server import free_port, served

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_what_prevents_serving_is_one_sentence():
    """No traceback: the sentence says what to do, and the exit status tells a supervisor."""
    command = [sys.executable, "app.py", "--port", str(free_port()), "--weights", "nowhere"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1
    assert "nowhere holds no model" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("missing", ["samples.webp", "samples.png"])
def test_without_its_samples_a_folder_is_not_served(missing, tmp_path):
    """Without the thumbnails that all models share, the page could only half work."""
    for name in {"basic", "samples.webp", "samples.png"} - {missing}:
        (tmp_path / name).symlink_to(ROOT / "weights" / name)
    with pytest.raises(CheckpointError, match=f"{missing} is missing. Restore it"):
        models.load(tmp_path)


@pytest.mark.slow
def test_app_that_does_not_answer_in_time_is_ended(tmp_path, monkeypatch):
    """Tests, benchmarks and screenshots leave no process behind when the app does not come up."""
    started, start = [], subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *args, **kwargs: started.append(start(*args, **kwargs)) or started[0]
    )
    with pytest.raises(RuntimeError, match="did not start within 0 s"), served(tmp_path / "log", start_limit=0):
        pass
    assert started[0].poll() is not None


def test_help_names_options_and_their_variables(capsys):
    with pytest.raises(SystemExit):
        command_line.parse(["--help"])
    shown = capsys.readouterr().out
    for name in ("--host", "GRADIO_SERVER_NAME", "--port", "GRADIO_SERVER_PORT", "--weights", "AUTOENCODER_WEIGHTS"):
        assert name in shown
    assert "AUTOENCODER_DEVICE" in shown
    assert "--mcp" in shown
    assert "GRADIO_MCP_SERVER" in shown


@pytest.mark.slow
def test_importing_the_entry_point_does_nothing():
    code = "import sys, app; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=300, check=False).returncode == 0


def test_mcp_without_its_package_is_one_sentence(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"Install it with: pip install 'gradio\[mcp\]' 'mcp>=1.30'$"):
        command_line.parse(["--mcp"])
