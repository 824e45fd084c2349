"""What the page is told of models that were trained on other sets than Fashion-MNIST."""

import base64
import json
import shutil
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch

from autoencoder.data.classes import CLASSES
from autoencoder.inference.engine import Engine
from autoencoder.web import page_config
from autoencoder.web.assets import Assets
from autoencoder.web.report import tab
from autoencoder.weights import checkpoint, thumbnails
from autoencoder.weights.records import Metrics

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def shipped():
    return checkpoint.load(ROOT / "weights" / "denoising")


def told(model, classes, labels, root):
    """The settings for a model with a test set of these labels, its pictures being 0, 1, 2 ... throughout."""
    shutil.copy(ROOT / "weights" / "samples.webp", root)
    levels = torch.arange(len(labels)).reshape(-1, 1, 1, 1) % 256
    thumbnails.save((levels / 255).expand(-1, 1, 28, 28), root)
    plane = replace(
        model.latent_map,
        codes=model.latent_map.codes[: len(labels)],
        labels=np.array(labels, dtype=np.uint8),
        index=np.arange(len(labels)),
    )
    engine = Engine({"own": replace(model, name="own", classes=tuple(classes), latent_map=plane)})
    return page_config.build(engine, Assets(engine, root), root, "identity", ())


@pytest.mark.parametrize("count", [1, 3, 12, 26])
def test_each_sample_says_which_class_it_is_of(count, shipped, tmp_path):
    names = [f"class {number}" for number in range(count)]
    labels = [count - 1 - i % count for i in range(4 * count)]
    config = told(shipped, names, labels, tmp_path)
    assert [each["name"] for each in config["classes"]] == names
    assert len({each["colour"] for each in config["classes"]}) == count
    assert [sample["label"] for sample in config["samples"]] == list(range(count))
    for sample in config["samples"]:
        assert labels[sample["index"]] == sample["label"]
        assert base64.b64decode(sample["image"]) == bytes([sample["index"]]) * 784
    assert config["models"][0]["test_images"] == 4 * count


def test_a_class_without_a_test_picture_has_no_sample_and_shifts_no_other(shipped, tmp_path):
    config = told(shipped, ("a", "b", "c"), [2, 0] * 9, tmp_path)
    assert [(sample["label"], sample["index"]) for sample in config["samples"]] == [(0, 1), (2, 0)]


def test_other_pictures_of_the_ten_garments_have_samples_of_their_own(shipped, tmp_path):
    """The chosen positions are those of Fashion-MNIST's test set, of which there may not be as many."""
    config = told(shipped, CLASSES, list(range(10)) * 3, tmp_path)
    assert [sample["index"] for sample in config["samples"]] == list(range(10))


class Elements(HTMLParser):
    """The text in each kind of element, and the names of all attributes."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.attributes = defaultdict(list), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.texts[tag].append("")
        self.attributes |= {name for name, _ in attrs}
        self.tag = tag

    def handle_data(self, data):
        self.texts[self.tag][-1] += data


def test_a_name_ends_no_script_of_the_report(shipped):
    """The one HTML that names are put into: as text, and in the charts' JSON."""
    name = "</script><img src=x onerror=alert(1)> \N{T-SHIRT} ${1+1}"
    engine = Engine({name: replace(shipped, name=name)})
    html, _ = tab.page(engine, Assets(engine, ROOT / "weights"), ROOT / "weights")
    found = Elements(html)
    [charts] = found.texts["script"]
    assert [series["name"] for series in json.loads(charts)["epochs"]["series"]] == [name]
    assert name in found.texts["th"]
    assert "onerror" not in found.attributes


def test_fashion_mnist_keeps_its_chosen_samples(shipped):
    engine = Engine({"denoising": shipped})
    config = page_config.build(engine, Assets(engine, ROOT / "weights"), ROOT / "weights", "identity", ())
    assert [sample["index"] for sample in config["samples"]] == list(page_config.SAMPLES)
    assert config["models"][0]["test_images"] == 10_000


def test_the_day_told_is_the_trainings_and_not_the_files(shipped):
    training = {"command": "x", "seed": 0, "cpu_seconds": 1.0, "best_epoch": 1, "recipe": {"noise_high": 0.6}}
    metrics = Metrics.model_validate({"training": {**training, "finished": "2020-02-03T23:59:00+00:00"}})
    engine = Engine({"denoising": replace(shipped, metrics=metrics)})
    config = page_config.build(engine, Assets(engine, ROOT / "weights"), ROOT / "weights", "set", ())
    assert config["models"][0]["trained"] == "2020-02-03"
