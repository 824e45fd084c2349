"""Put the app on Hugging Face: `make space SPACE=you/garment`, or `python -m deploy.space you/garment --dry-run`.

``FILES`` is the one list of what a Space is made of. The front matter of the README that is sent differs from the
repository's in its thumbnail, which must be a full address, and for ``--sdk docker`` in the SDK.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
WORDS: Final = ("README.md", "LICENSE", "docs/images")
FILES: Final = ("app.py", "autoencoder", "weights", "requirements.txt", *WORDS)
"""Files, and folders with all that git tracks below them."""
DOCKER_FILES: Final = ("Dockerfile", ".dockerignore")
"""For a Space that builds its own image; the Gradio SDK does without."""
STATIC: Final = "static"
SDKS: Final = ("gradio", "docker", STATIC)
_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+")


def files(sdk: str = "gradio") -> list[Path]:
    """What is sent as it is, relative to the repository, in order.

    Raises:
        RuntimeError: if git cannot say which files are tracked.
    """
    wanted = {STATIC: WORDS, "docker": FILES + DOCKER_FILES}.get(sdk, FILES)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *wanted], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise RuntimeError(f"git cannot list the files of {ROOT}: {listed.stderr.strip()}")
    return sorted(Path(name) for name in listed.stdout.split("\0") if name)


def stage(folder: Path, space: str, sdk: str = "gradio") -> list[Path]:
    """Put what is sent into a folder, with the README of that Space; returns its files in order.

    A static Space is sent the page as files, which are made for it.

    Raises:
        RuntimeError: if git cannot say which files are tracked.
        CheckpointError: if a model or a picture that a static page cannot do without is missing or damaged.
    """
    names = files(sdk)
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    if sdk == STATIC:
        from deploy import static_site  # loads the models, which no other Space needs here

        names = static_site.build(folder, ROOT / "weights")
    readme = folder / "README.md"
    readme.write_text(front_matter_for(readme.read_text(encoding="utf-8"), space, sdk), encoding="utf-8")
    return names


def front_matter_for(readme: str, space: str, sdk: str = "gradio") -> str:
    """A README whose front matter suits a Space.

    Args:
        readme: the repository's, with front matter.
        space: ``user/name``.
        sdk: one of :data:`SDKS`.
    """
    _, front, text = readme.split("---\n", 2)
    address = f"https://huggingface.co/spaces/{space}/resolve/main/"
    front = re.sub(r"^thumbnail: (?!http)", f"thumbnail: {address}", front, flags=re.MULTILINE)
    if sdk != "gradio":
        front = re.sub(r"^(sdk_version|python_version|app_file):.*\n", "", front, flags=re.MULTILINE)
        front = front.replace("sdk: gradio\n", "sdk: docker\napp_port: 7860\n" if sdk == "docker" else "sdk: static\n")
    return f"---\n{front}---\n{text}"


def main(argv: Sequence[str] | None = None) -> int:
    """Upload the Space, or with ``--dry-run`` say what would be sent; returns the exit status."""
    parser = argparse.ArgumentParser(description="Upload the app as a Hugging Face Space. Log in first: hf auth login.")
    parser.add_argument("space", help="user/name; it is made if it does not exist")
    parser.add_argument("--sdk", choices=SDKS, default="gradio", help="default %(default)s")
    parser.add_argument("--dry-run", action="store_true", help="print the files and the front matter; send nothing")
    options = parser.parse_args(argv)
    if not _NAME.fullmatch(options.space):
        print(f"{options.space!r} is no Space. Name it as user/name.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            names = stage(folder, options.space, options.sdk)
        except (RuntimeError, OSError) as error:  # CheckpointError is one too
            print(error, file=sys.stderr)
            return 1
        if options.dry_run:
            _tell(folder, names)
            return 0
        return _upload(folder, options.space, options.sdk)


def _tell(folder: Path, names: Sequence[Path]) -> None:
    sizes = [(folder / name).stat().st_size for name in names]
    for name, size in zip(names, sizes, strict=True):
        print(f"{size:>9}  {name}")
    print(f"{sum(sizes):>9}  bytes in {len(names)} files. Nothing was sent. The front matter:")
    print((folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)[1], end="")


def _upload(folder: Path, space: str, sdk: str) -> int:
    program = shutil.which("hf", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if program is None:
        print("hf is missing. Install it: pip install huggingface_hub.", file=sys.stderr)
        return 1
    made = [program, "repos", "create", space, "--repo-type", "space", "--space-sdk", sdk, "--exist-ok"]
    # What an earlier upload held and this one lacks goes.
    sent = [program, "upload", space, str(folder), ".", "--repo-type", "space", "--delete", "*"]
    return next((status for command in (made, sent) if (status := subprocess.run(command).returncode)), 0)


if __name__ == "__main__":
    sys.exit(main())
