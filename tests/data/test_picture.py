"""Any picture becomes what the models know, or a clear sentence."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from autoencoder.data.picture import PictureError, open_picture, prepare


def encoded(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def garment(size=(300, 400), background="white", colour="black", mode="RGB"):
    picture = Image.new(mode, size, background)
    ImageDraw.Draw(picture).rectangle((100, 120, 180, 319), fill=colour)
    return picture


def test_an_exact_image_keeps_its_pixels():
    pixels = np.arange(784, dtype=np.uint16).reshape(28, 28) % 120
    image = prepare(Image.fromarray(pixels.astype(np.uint8)))
    assert torch.equal((image * 255).round().to(torch.uint8)[0, 0], torch.from_numpy(pixels.astype(np.uint8)))


def test_a_dark_garment_on_white_comes_out_light_on_black_and_fills_the_height():
    image = prepare(garment())[0, 0]
    assert image.shape == (28, 28)
    assert image[0, 0] == 0
    assert image[14, 14] > 0.9
    rows = (image > 0.5).any(1).nonzero().flatten()
    assert (rows.min(), rows.max()) == (0, 27)
    columns = (image > 0.5).any(0).nonzero().flatten()
    assert abs((columns.min() + columns.max()).item() / 2 - 13.5) <= 0.5
    assert columns.max() - columns.min() + 1 == pytest.approx(28 * 81 / 200, abs=1)


def test_a_light_garment_on_black_is_not_inverted():
    assert torch.allclose(prepare(garment(background="black", colour="white")), prepare(garment()), atol=0.02)


def test_inversion_can_be_forced_either_way():
    exact = Image.new("L", (28, 28), 200)
    assert prepare(exact, invert=False).mean().item() == pytest.approx(200 / 255)
    assert prepare(exact, invert=True).mean().item() == pytest.approx(55 / 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16"])
def test_every_mode_gives_the_same_garment(mode):
    grey = garment(mode="L", background=255, colour=0)
    sixteen_bit = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    picture = sixteen_bit if mode == "I;16" else grey.convert(mode)
    assert torch.allclose(prepare(picture), prepare(grey), atol=0.05)


def test_transparency_lies_over_white():
    clear = garment(background=(0, 0, 0, 0), colour=(0, 0, 0, 255), mode="RGBA")
    assert torch.allclose(prepare(clear), prepare(garment()), atol=0.02)


def test_orientation_of_a_photo_is_applied():
    picture = garment()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = open_picture(encoded(picture, "JPEG", exif=exif))
    assert turned.size == (400, 300)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_common_files_can_be_opened(kind):
    assert open_picture(encoded(garment(), kind)).size == (300, 400)


@pytest.mark.parametrize(
    "content",
    [
        b"not a picture",
        b"GIF89a" + b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["text", "broken gif", "svg"],
)
def test_what_is_no_picture_is_refused_with_a_sentence(content):
    with pytest.raises(PictureError, match="Use a PNG, JPEG, WebP, GIF, BMP or TIFF file"):
        open_picture(content)


def test_a_gigantic_picture_is_refused_before_it_is_decoded():
    with pytest.raises(PictureError, match="megapixels"):
        open_picture(encoded(Image.new("1", (20_000, 20_000))))


def test_a_blank_picture_is_refused():
    with pytest.raises(PictureError, match="blank"):
        prepare(Image.new("RGB", (300, 300), "white"))


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (27, 29)])
def test_odd_sizes_neither_crash_nor_leave_the_range(size):
    picture = Image.new("L", size, 255)
    picture.putpixel((0, 0), 0)
    try:
        image = prepare(picture)
    except PictureError:
        return
    assert image.shape == (1, 1, 28, 28)
    assert 0 <= image.min() <= image.max() <= 1
