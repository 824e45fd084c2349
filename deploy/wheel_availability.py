"""Whether the requirements resolve for other machines: `python -m deploy.wheel_availability`.

pip finds wheels for a foreign platform, but reads conditions such as `platform_system == "Linux"` as of the machine
that it runs on, and then seeks CUDA's Linux libraries for Windows. So it is asked without dependencies, again and
again, and told those that hold on the other machine, until it finds what the last answer required and nothing else.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parent.parent
PLATFORMS: Final = {
    "win_amd64": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    "macosx_14_0_arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
    "macosx_12_0_arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
    "macosx_11_0_arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}
PYTHONS: Final = ("3.11", "3.12", "3.13")
SHOWN: Final = ("torch", "torchvision", "gradio", "scikit-learn")
_ROUNDS: Final = 30


def resolve(roots: Iterable[str], platform: str, python: str) -> dict[str, str]:
    """Versions by name of all that ``roots`` need on a machine.

    Raises:
        RuntimeError: pip's last words, if there is something that has no wheel there.
    """
    machine = {**PLATFORMS[platform], "python_version": python, "python_full_version": f"{python}.0"}
    wanted = first = _that_hold(roots, machine)
    for _ in range(_ROUNDS):
        found = _wheels(wanted, platform, python)
        extras: dict[str, set[str]] = {}
        for each in map(Requirement, wanted):
            extras.setdefault(canonicalize_name(each.name), {""}).update(each.extras)
        needed = set(first)
        for wheel in found:
            needed |= _that_hold(wheel.get("requires_dist", ()), machine, extras[canonicalize_name(wheel["name"])])
        if needed == wanted:
            return {canonicalize_name(wheel["name"]): wheel["version"] for wheel in found}
        wanted = needed
    raise RuntimeError(f"no end after {_ROUNDS} rounds")


def _that_hold(lines: Iterable[str], machine: dict[str, str], extras: Iterable[str] = ("",)) -> set[str]:
    """The requirements whose conditions hold on a machine, without the conditions."""
    held = set()
    for each in map(Requirement, lines):
        if each.marker is None or any(each.marker.evaluate({**machine, "extra": extra}) for extra in extras):
            each.marker = None
            held.add(str(each))
    return held


def _wheels(wanted: Iterable[str], platform: str, python: str) -> list[dict[str, Any]]:
    """The metadata of the newest wheels that fit."""
    options = ["--dry-run", "--quiet", "--report=-", "--no-deps", "--ignore-installed", "--only-binary=:all:"]
    options += ["--target=unused", f"--platform={platform}", f"--python-version={python}"]
    ended = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, *sorted(wanted)], capture_output=True, text=True
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr.strip().splitlines()[-1])
    return [each["metadata"] for each in json.loads(ended.stdout)["install"]]


def main() -> int:
    """Print what was found for each machine; 1 if something was not."""
    roots = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    roots, failed = [line for line in roots if line.strip()], 0
    for platform, python in product(PLATFORMS, PYTHONS):
        try:
            found = resolve(roots, platform, python)
            said = ", ".join(f"{name} {found[name]}" for name in SHOWN)
            print(f"{platform}, Python {python}: {len(found)} packages, among them {said}", flush=True)
        except RuntimeError as error:
            failed += 1
            print(f"{platform}, Python {python}: {error}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
