"""``python app.py`` from outside: what it says when it cannot serve."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.server import served

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--weights", "nowhere"), "nowhere holds no model"),
        (("--device", "abacus"), "Unknown device 'abacus'"),
        (("--port", "99999"), "port must lie between 1 and 65535"),
    ],
)
def test_what_prevents_serving_is_one_sentence(arguments, words):
    """No traceback: the sentence says what to do, and the exit status tells a supervisor."""
    ended = run("--port", "17860", *arguments)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("missing", ["samples.webp", "samples.png"])
def test_missing_samples_are_one_sentence_before_serving(missing, tmp_path):
    """Without the thumbnails that all models share, the page could only half work: it is not served."""
    weights = tmp_path / "weights"
    shutil.copytree(ROOT / "weights", weights)
    (weights / missing).unlink()
    ended = run("--port", "17861", "--weights", str(weights))
    assert ended.returncode == 1
    assert f"{missing} is missing. Restore it" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_busy_port_is_one_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = run("--port", str(other.getsockname()[1]))
    assert ended.returncode == 1
    assert "Choose another port" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_app_that_does_not_answer_in_time_is_ended(tmp_path, monkeypatch):
    """Tests, benchmarks and screenshots leave no process behind when the app does not come up."""
    started, start = [], subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *args, **kwargs: started.append(start(*args, **kwargs)) or started[0]
    )
    with pytest.raises(RuntimeError, match="did not start within 0 s"), served(tmp_path / "log", start_limit=0):
        pass
    assert started[0].poll() is not None


def test_help_names_options_and_their_variables():
    shown = run("--help").stdout
    for name in ("--host", "GRADIO_SERVER_NAME", "--port", "GRADIO_SERVER_PORT", "--weights", "AUTOENCODER_WEIGHTS"):
        assert name in shown
    assert "AUTOENCODER_DEVICE" in shown
    assert "--mcp" in shown
    assert "GRADIO_MCP_SERVER" in shown


def test_importing_the_entry_point_does_nothing():
    code = "import sys, app; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=300, check=False).returncode == 0


def test_mcp_without_its_package_is_one_sentence():
    code = (
        "import importlib.util, sys, app\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'mcp' else find(name, *rest)\n"
        "sys.exit(app.main(['--mcp', '--port', '17862']))"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1
    assert "Install it with: pip install 'gradio[mcp]'" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
