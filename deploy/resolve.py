"""Do the requirements resolve on students' own machines? `python -m deploy.resolve`, or `make resolve`.

For each system and Python, uv picks versions that all have ready-made wheels there, and installs nothing. Not by
`pip install --dry-run --platform`: pip reads the conditions of requirements as of the machine that it runs on, and asks
for CUDA's libraries for Linux on Windows.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PLATFORMS: Final = ("x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
PYTHONS: Final = ("3.11", "3.12", "3.13")
OLDEST_MACOS: Final = "12.0"
"""Of Apple's own processors; scikit-learn and torchvision have no wheels for macOS 11."""


def resolve(platform: str, python: str) -> tuple[dict[str, str], str]:
    """Version by package of what would be installed, and, where that is nothing, why."""
    where = ("--python-platform", platform, "--python-version", python)
    how = ("--only-binary", ":all:", "--no-header", "--no-annotate", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "requirements.txt", *where, *how],
        cwd=ROOT,
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {}, done.stderr.strip()
    lines = [line.partition(" ;")[0] for line in done.stdout.splitlines()]
    return dict(line.split("==", 1) for line in lines if "==" in line), ""


def main() -> int:
    """Print a row for each system and Python; 1 if any of them cannot be served."""
    failures = 0
    print("| system | Python | packages | torch | gradio |\n| --- | --- | --- | --- | --- |")
    for platform in PLATFORMS:
        for python in PYTHONS:
            found, error = resolve(platform, python)
            print(
                f"| {platform} | {python} | {len(found)} | {found.get('torch')} | {found.get('gradio')} |", flush=True
            )
            if error:
                failures += 1
                print(error, file=sys.stderr)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
