"""Colours of the classes: told apart by everybody, as they are drawn, on both grounds."""

import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from autoencoder.data.classes import CLASS_COLOURS, POINT_OPACITY, colours

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear sRGB.
SIGHTS = {
    "usual": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
GROUNDS = {"light": 1.0, "dark": 0.0}
LEAST = 11


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def seen(drawn, sight):
    """CIELAB ``(N, 3)`` of sRGB colours ``(N, 3)`` as someone of that sight sees them."""
    linear = np.where(drawn <= 0.04045, drawn / 12.92, ((drawn + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(SIGHTS[sight]).T, 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_ten_classes_are_told_apart_from_one_another_and_from_the_ground(ground, sight):
    drawn = POINT_OPACITY * np.array([rgb(each) for each in CLASS_COLOURS]) + (1 - POINT_OPACITY) * GROUNDS[ground]
    places = seen(np.vstack([drawn, np.full(3, GROUNDS[ground])]), sight)
    pairs = [deltaE_ciede2000(one, other) for one, other in itertools.combinations(places, 2)]
    assert min(pairs) >= LEAST


def test_the_measure_finds_what_the_colour_blind_confuse():
    """Red and green of one lightness: far apart for most, close for the deutan."""
    pair = np.array([rgb("#c0504d"), rgb("#7f8c3a")])
    assert deltaE_ciede2000(*seen(pair, "usual")) > 40
    assert deltaE_ciede2000(*seen(pair, "deutan")) < LEAST


def test_every_class_has_a_colour_of_its_own():
    assert len(set(colours(40))) == 40
    assert colours(3) == colours(40)[:3]
    assert colours(10) == CLASS_COLOURS
