"""Runs ``app.py`` of the working folder as if only its ``requirements.txt`` were installed.

``python -I tests/support/isolated_app.py`` sees nothing of the repository, and whatever belongs to distributions beyond
the requirements and what they require in turn, such as the tools of the tests, cannot be imported.
"""

import importlib.metadata
import re
import runpy
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def required(lines):
    """Names of the distributions that these requirements bring, those of their own requirements included."""
    found, todo = set(), [(Requirement(line), "") for line in lines]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        wanted = {(name, ""), *((name, extra) for extra in requirement.extras)} - found
        found |= wanted
        try:
            further = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        todo += [(Requirement(line), own) for line in further for _, own in wanted]
    return {name for name, _ in found}


def refused(allowed):
    """Top-level modules that belong to none of the allowed distributions."""
    owners = importlib.metadata.packages_distributions()
    return {module for module, names in owners.items() if not {canonicalize_name(name) for name in names} & allowed}


class Finder(PathFinder):
    """The usual import hook, which does not find what is hidden."""

    hidden = frozenset()

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in cls.hidden else super().find_spec(name, path, target)


if __name__ == "__main__":
    lines = [line for line in Path("requirements.txt").read_text().splitlines() if re.match(r"\w", line)]
    Finder.hidden = frozenset(refused(required(lines)))
    print("hidden:", *sorted(Finder.hidden), flush=True)
    for name in [name for name in sys.modules if name.partition(".")[0] in Finder.hidden]:
        del sys.modules[name]
    sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = ["app.py"]
    runpy.run_path("app.py", run_name="__main__")
