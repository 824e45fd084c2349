"""Pictures as people bring them, through the preparation to the model's map: ``tests/support/uploads``.

The garments are Noto Emoji (Apache-2.0), 64 pixels, on other grounds; the cat is scikit-image's (CC0).
"""

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from autoencoder.data.picture_file import open_picture
from autoencoder.data.preparation import prepare
from tests.support.pictures import encoded

UPLOADS = Path(__file__).parents[1] / "support" / "uploads"
FAMILIES = ("top", "trouser", "top", "dress", "top", "shoe", "top", "shoe", "bag", "shoe")
SHOWN = {
    "grey128-tshirt-google.png": "top",
    "sil_grey-tshirt-google.png": "top",
    "sil_alpha-tshirt-google.png": "top",
    "grass-jeans-google.png": "trouser",
    "gradient-pouch-google.png": "bag",
    "transparent-sneaker-google.png": "shoe",
    "white-boot-google.png": "shoe",
}


def family_of(engine, image):
    """The family that most of the nearest test items are of."""
    found = engine.look_up(*engine.encode(image))
    return Counter(FAMILIES[each.label] for each in found.neighbours).most_common(1)[0][0]


@pytest.mark.parametrize(("name", "family"), SHOWN.items())
def test_a_garment_on_any_ground_comes_to_its_own_family(engine, name, family):
    seen = prepare(open_picture((UPLOADS / name).read_bytes()))
    assert family_of(engine, seen.image) == family
    assert not engine.is_unusual(seen.image) or name.startswith(("gradient", "grass"))


def test_a_cat_is_unusual(engine):
    assert engine.is_unusual(prepare(open_picture((UPLOADS / "photo-chelsea.jpg").read_bytes())).image)


@cache
def drawn(colour, ground, shadow=0.0):
    """A T-shirt of even colour, with a soft shadow to its lower right."""
    outline = [(90, 60), (210, 60), (280, 120), (245, 155), (215, 130), (215, 280), (85, 280), (85, 130), (55, 155),
               (20, 120)]  # fmt: skip
    shape = Image.new("L", (300, 340))
    ImageDraw.Draw(shape).polygon(outline, fill=255)
    picture = Image.new("RGB", shape.size, ground)
    if shadow:
        soft = Image.new("L", shape.size)
        soft.paste(shape.point(lambda value: round(value * shadow)), (10, 14))
        picture.paste("black", mask=soft.filter(ImageFilter.GaussianBlur(6)))
    picture.paste(colour, mask=shape)
    return picture


@pytest.mark.parametrize("shadow", [0.15, 0.3, 0.45])
@pytest.mark.parametrize("colour", ["black", "navy", "firebrick", "gold", "white"])
def test_a_soft_shadow_is_no_part_of_the_garment(colour, shadow):
    """What is seen is what is seen without it."""
    ground = (225, 225, 225) if colour == "white" else "white"
    without, seen = (prepare(drawn(colour, ground, each)).image.numpy()[0, 0] for each in (0.0, shadow))
    assert np.mean((seen > 0.1) != (without > 0.1)) < 0.1


@pytest.mark.parametrize("inversion", [None, True, False])
@pytest.mark.parametrize(("colour", "ground"), [("white", (225,) * 3), ("black", "white"), ("white", "black")])
def test_no_inversion_leaves_a_black_image(colour, ground, inversion):
    seen = prepare(drawn(colour, ground), invert=inversion)
    assert seen.image[0, 0, 14, 14] > 0.1
    assert seen.image[0, 0, 0, 0] == 0


def test_a_photo_in_avif_is_read_like_any_other(engine):
    for kind in ("AVIF", "JPEG"):
        photo = open_picture(encoded(drawn("navy", "white").resize((1200, 1360)), kind))
        assert family_of(engine, prepare(photo).image) == "top"
