"""Any picture becomes what the models know, or a clear sentence."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from autoencoder.data.picture_file import PictureError, open_picture
from autoencoder.data.preparation import prepare as prepare_fully
from tests.support.pictures import png


def prepare(picture, **options):
    """The image alone."""
    return prepare_fully(picture, **options).image


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
    assert image[14, 14].item() == pytest.approx((1 + 0.65) / 2, abs=0.02)  # half-way to what garments have
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


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16"])
def test_every_mode_gives_the_same_garment(mode):
    grey = garment(mode="L", background=255, colour=0)
    sixteen_bit = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    source = grey.convert("LA") if mode == "La" else grey  # made of no other
    picture = sixteen_bit if mode == "I;16" else source.convert(mode)
    assert torch.allclose(prepare(picture), prepare(grey), atol=0.05)


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (255, 255, 255, 255)], ids=["black", "white"])
def test_transparency_is_the_outline_of_a_cut_out_of_any_colour(colour):
    image = prepare(garment(background=(0, 0, 0, 0), colour=colour, mode="RGBA"))[0, 0]
    columns = (image > 0.4).any(0).nonzero().flatten()
    assert image[14, 14] > 0.7
    assert columns.max() - columns.min() + 1 == pytest.approx(28 * 81 / 200, abs=1)


def test_orientation_of_a_photo_is_applied():
    picture = garment()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = open_picture(encoded(picture, "JPEG", exif=exif))
    assert turned.size == (400, 300)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
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
    with pytest.raises(PictureError, match="Use a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file"):
        open_picture(content)


@pytest.mark.parametrize("size", [(5_001, 5_000), (20_000, 20_000)], ids=str)
def test_a_gigantic_picture_is_refused_before_it_is_decoded(size):
    """It has no pixels: to decode it would fail for that. Pillow by itself refuses the greater one only."""
    with pytest.raises(PictureError, match="megapixels"):
        open_picture(png(*size))


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


@pytest.mark.parametrize("ground", [225, 128])
def test_a_garment_lighter_than_a_grey_ground_stays_visible(ground):
    seen = prepare_fully(garment(background=(ground,) * 3, colour="white"))
    assert not seen.inverted
    assert seen.background_removed
    assert seen.image[0, 0, 14, 14] > 0.7
    assert seen.image[0, 0, 14, 0] == 0


def test_a_gradient_is_ground():
    picture = Image.fromarray(np.tile(np.linspace(100, 230, 400).astype(np.uint8)[:, None], (1, 300)))
    ImageDraw.Draw(picture).rectangle((100, 120, 180, 319), fill=0)
    assert torch.allclose(prepare(picture), prepare(garment()), atol=0.15)


def boot():
    """A shoe that faces right: its shaft is on the left."""
    picture = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(picture).polygon([(60, 60), (140, 60), (140, 160), (240, 200), (240, 240), (60, 240)], fill=40)
    return picture


def test_a_shoe_is_turned_to_face_left_and_the_turn_can_be_undone():
    turned, left = prepare_fully(boot()), prepare_fully(boot().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    kept = prepare_fully(boot(), mirror=False)
    assert (turned.mirrored, left.mirrored, kept.mirrored) == (True, False, False)
    assert torch.allclose(turned.image, kept.image.flip(3))
    assert torch.allclose(turned.image, left.image, atol=0.2)


def test_inversion_of_a_garment_leaves_its_outline_and_never_a_black_image():
    for invert in (True, False):
        assert prepare(boot(), invert=invert)[0, 0].max() > 0.2


def test_the_background_can_be_kept():
    kept = prepare_fully(boot(), remove_background=False, invert=False)
    assert not kept.background_removed
    assert kept.image[0, 0, 0].min() > 0.9


@pytest.mark.parametrize("hidden", [(0, 0, 0, 0), (255, 255, 255, 0), (200, 30, 90, 0)], ids=["black", "white", "red"])
@pytest.mark.parametrize(("size", "kept"), [((300, 400), False), ((2000, 2000), None)], ids=["kept", "speck"])
def test_where_the_background_is_kept_what_is_clear_is_white(hidden, size, kept):
    """Nobody sees the colours of clear pixels. Oracle: the same garment on white paper."""
    blue = (40, 60, 140)
    paper = prepare_fully(garment(size, colour=blue), remove_background=False)
    seen = prepare_fully(garment(size, hidden, (*blue, 255), "RGBA"), remove_background=kept)
    assert torch.allclose(seen.image, paper.image, atol=0.01)
    assert (seen.inverted, seen.background_removed) == (paper.inverted, False)


def test_heic_is_named_with_the_way_out():
    with pytest.raises(PictureError, match=r"HEIC photo.*JPEG"):
        open_picture(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_a_phone_photo_of_24_megapixels_is_read():
    photo = Image.new("RGB", (4284, 5712), "white")
    ImageDraw.Draw(photo).rectangle((1000, 1200, 3000, 4500), fill="black")
    assert max(open_picture(encoded(photo, "JPEG")).size) == 512


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_scans_are_counted_up_to_the_end_of_the_picture(kind):
    file = io.BytesIO()
    garment().save(file, kind, **({"save_all": True, "append_images": [garment()]} if kind == "MPO" else {}))
    scan = b"\xff\xda\x00\x02"
    picture, end, rest = file.getvalue().partition(b"\xff\xd9")
    film = end + rest + scan * 310  # as phones append one
    assert open_picture(picture + film).size == (300, 400)
    with pytest.raises(PictureError, match="too many scans"):
        open_picture(picture + scan * 310 + film)


def test_an_avif_of_a_brand_that_photos_share_is_read():
    content = encoded(garment(), "AVIF")
    assert open_picture(content[:8] + b"mif1" + content[12:]).size == (300, 400)
