"""docs/tour.ipynb runs from top to bottom, with a short budget."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

TOUR = ROOT / "docs" / "tour.ipynb"
DRAWS = r"^ *(show\(|figures\.\w+\(|figure$|plt\.show)"
BUDGET = {"EPOCHS": 1, "TRAIN_IMAGES": 2_000, "TEST_IMAGES": 500}


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(TOUR, as_version=4)


@pytest.fixture(scope="module")
def executed():
    """The cells after a run; a cell that fails ends it."""
    book = nbformat.read(TOUR, as_version=4)
    (settings,) = (cell for cell in book.cells if "parameters" in cell.metadata.get("tags", ()))
    for name, value in BUDGET.items():
        settings.source, count = re.subn(rf"^{name} = [\d_]+", f"{name} = {value}", settings.source, flags=re.M)
        assert count == 1, name
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(TOUR.parent)}}).execute()
    return book


def pictures(cell):
    return [output for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})]


def text(cell):
    return "".join(output.get("text", "") for output in cell.get("outputs", ()))


def test_it_is_committed_without_outputs_and_small(notebook):
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    assert TOUR.stat().st_size < 1_000_000
    nbformat.validate(notebook)


def test_every_cell_that_draws_shows_its_picture(executed):
    """The reference experiment's figures and ours, each in the notebook itself."""
    calls = [cell for cell in executed.cells if "def show(" not in cell.source]
    drawing = [cell for cell in calls if re.search(DRAWS, cell.source, re.M)]
    assert len(drawing) >= 13
    for cell in drawing:
        assert len(pictures(cell)) == 1, cell.source


def test_what_it_says_is_what_it_finds(executed):
    """The text's claims hold in the numbers beside it."""
    table = next(text(cell) for cell in executed.cells if "course notebook, printed" in text(cell))
    mse = {tuple(row.split()[:2]): float(row.split()[2]) for row in table.splitlines()[2:]}
    assert mse["denoising", "0.25"] < 0.0268 < mse["basic", "0.6"]
    linear, folded = re.findall(
        r"MSE (0\.\d+)", next(text(cell) for cell in executed.cells if "PCA, 2 c" in text(cell))
    )
    assert float(folded) < 0.6 * float(linear)


def test_nothing_is_said_to_standard_error(executed):
    for cell in executed.cells:
        assert not [output for output in cell.get("outputs", ()) if output.get("name") == "stderr"], cell.source
