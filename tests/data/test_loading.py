"""The dataset on disk: found, verified, read, split; and a clear sentence when it cannot be had."""

import gzip
import re
import shutil
import tempfile

import pytest
import torch
from torchvision.datasets import FashionMNIST

from autoencoder.data import loading
from autoencoder.data.dataset import DatasetError, Split, validation_split
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def source():
    place = loading.find()
    assert place is not None, "Fashion-MNIST must be installed for the tests: run them with `make test`"
    return place


@pytest.fixture
def copy(source, tmp_path):
    for name in loading.SHA256:
        path = loading._file(source, name)
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_the_makefile_finds_and_loads_it_by_names_that_exist(monkeypatch):
    commands = re.findall(r'-c "([^"]+)"', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert len(commands) == 2
    with pytest.raises(SystemExit) as ended:
        exec(commands[0], {})
    assert not ended.value.code
    loaded = []
    monkeypatch.setattr(loading, "load", lambda: loaded.append(True))
    exec(commands[1], {})
    assert loaded


def test_images_and_labels_equal_torchvisions_and_nothing_is_written(source, tmp_path, monkeypatch):
    """A process that was killed while it read left 55 MB in the folder of temporary files."""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in loading.SHA256:
        path = loading._file(source, name)
        content = path.read_bytes()
        (raw / name).write_bytes(gzip.decompress(content) if path.suffix == ".gz" else content)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    dataset = loading.load(tmp_path)
    for split, is_train, size in ((dataset.train, True, 60_000), (dataset.test, False, 10_000)):
        expected = FashionMNIST(str(tmp_path), train=is_train)
        assert split.images.shape == (size, 1, 28, 28)
        assert torch.equal((split.images.squeeze(1) * 255).round().to(torch.uint8), expected.data)
        assert torch.equal(split.labels, expected.targets)
        assert split.labels.bincount().tolist() == [size // 10] * 10


def test_a_named_folder_without_the_files_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(DatasetError, match="--data or FASHION_MNIST_DIR"):
        loading.load(tmp_path)


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    with pytest.raises(DatasetError, match="does not hold Fashion-MNIST"):
        loading.find()


def test_a_changed_byte_is_detected(copy):
    path = loading._file(copy, "t10k-labels-idx1-ubyte")
    content = bytearray(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    (copy / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DatasetError, match="SHA-256 differs"):
        loading.load(copy)


def test_a_truncated_file_is_a_sentence_not_a_traceback(copy):
    path = loading._file(copy, "t10k-images-idx3-ubyte")
    path.write_bytes(path.read_bytes()[:10_000])
    with pytest.raises(DatasetError, match=r"cannot be read|SHA-256 differs"):
        loading.load(copy)


def test_a_failed_download_says_how_to_get_the_data(tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise OSError("no route to host")

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
    monkeypatch.setattr(loading, "DEBIAN_FOLDER", tmp_path / "none")
    monkeypatch.setattr(loading, "FashionMNIST", no_network)
    with pytest.raises(DatasetError, match="apt-get install"):
        loading.load()


def test_validation_split_is_disjoint_complete_and_repeatable():
    train = Split(torch.arange(100.0).reshape(100, 1, 1, 1), torch.arange(100))
    fit, validation = validation_split(train, size=20)
    assert len(validation) == 20
    assert sorted(torch.cat([fit.labels, validation.labels]).tolist()) == list(range(100))
    assert torch.equal(validation.images.flatten().long(), validation.labels)
    assert torch.equal(validation.labels, validation_split(train, size=20)[1].labels)
    assert not torch.equal(validation.labels, train.labels[-20:])


@pytest.mark.parametrize("size", [-1, 100])
def test_an_impossible_validation_size_is_refused(size):
    train = Split(torch.zeros(100, 1, 1, 1), torch.zeros(100))
    with pytest.raises(ValueError, match="Validation size"):
        validation_split(train, size=size)


def test_damage_within_a_compressed_file_is_a_sentence(copy):
    content = bytearray(gzip.compress(bytes(10_000) + b"labels"))
    content[20:23] = b"\xff\xff\xff"
    path = copy / "t10k-labels-idx1-ubyte"
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".gz").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read"):
        loading.load(copy)
