"""Picture files of every kind: such as people have, and such as break decoders."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAGIC = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "webp": b"RIFF\xff\x00\x00\x00WEBPVP8 ",
    "bmp": b"BM",
    "tif": b"II*\0\x08\0\0\0",
}


def encoded(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    """A picture as the content of a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def garment(mode: str = "RGB", size: tuple[int, int] = (300, 400)) -> Image.Image:
    """A dark rectangle on white paper."""
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).rectangle((100, 120, 180, 319), fill=0)
    return picture.convert(mode)


def deep(low: int = 0, high: int = 65_535) -> Image.Image:
    """The same in 16 bits, between two grey levels."""
    return Image.fromarray((np.asarray(garment("L")).astype(np.uint16) // 255 * (high - low) + low).astype(np.uint16))


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that states a size, whatever it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return MAGIC["png"] + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def tiff(*entries: tuple[int, int, int, int], next_directory: int = 0) -> bytes:
    """A TIFF of one directory: entries of tag, type, count and value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_directory)


def tiff_of(width: int, height: int, offset: int, length: int, **other: int) -> bytes:
    """An 8-bit grey TIFF of one strip."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, other.get("compression", 1))]
    entries += [(262, 3, 1, 1), (273, 4, 1, offset), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, length)]
    return tiff(*entries, next_directory=other.get("next_directory", 0))


def webp(width: int, height: int) -> bytes:
    """A WebP whose canvas is so large."""
    body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    inner = encoded(garment(), "WEBP")[12:]
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + body + inner
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def archive() -> bytes:
    """A ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("run.sh", "#!/bin/sh\n")
    return file.getvalue()


def bomb(name: bytes) -> bytes:
    """A chunk of a PNG that unpacks to a hundred megabytes."""
    return chunk(name, b"a\0\0" + zlib.compress(bytes(10**8)))


def many_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated a thousand times."""
    content = encoded(garment(), "JPEG", progressive=True)
    start, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[start:end] * 1000 + content[end:]


File = tuple[str, bytes | Callable[[], bytes]]
"""Name and content, or what makes the content where that takes long."""


def made(file: File) -> tuple[str, bytes]:
    """Name and content of a file."""
    name, content = file
    return name, content() if callable(content) else content


@cache
def good() -> dict[str, File]:
    """By kind: files that all show the same garment."""
    grey = np.asarray(garment("L"))
    clear = Image.fromarray(np.dstack([np.zeros_like(grey), 255 - grey]), "LA")
    turned = Image.Exif()
    turned[0x0112] = 6
    other = Image.new("RGB", (300, 400), "red")
    return {
        "1-bit": ("a.png", encoded(garment("1"))),
        "grey": ("a.png", encoded(garment("L"))),
        "grey with alpha over nothing": ("a.png", encoded(clear)),
        "colour with alpha over nothing": ("a.png", encoded(clear.convert("RGBA"))),
        "palette": ("a.png", encoded(garment("P"))),
        "16 bits": ("a.png", encoded(deep())),
        "12 of 16 bits": ("a.png", encoded(deep(high=4095))),
        "16 bits TIFF": ("a.tif", encoded(deep(), "TIFF")),
        "floats": ("a.tif", encoded(garment("F"), "TIFF")),
        "32 bits": ("a.tif", encoded(garment("I"), "TIFF")),
        "CMYK JPEG": ("a.jpg", encoded(garment("CMYK"), "JPEG", quality=95)),
        "CMYK TIFF": ("a.tif", encoded(garment("CMYK"), "TIFF")),
        "progressive JPEG": ("a.jpg", encoded(garment(), "JPEG", progressive=True, quality=95)),
        "turned by EXIF": ("a.jpg", encoded(garment().rotate(90, expand=True), "JPEG", exif=turned, quality=95)),
        "WebP": ("a.webp", encoded(garment(), "WEBP", lossless=True)),
        "animated WebP": ("a.webp", encoded(garment(), "WEBP", save_all=True, append_images=[other], lossless=True)),
        "GIF": ("a.gif", encoded(garment(), "GIF")),
        "animated GIF": ("a.gif", encoded(garment(), "GIF", save_all=True, append_images=[other])),
        "AVIF": ("a.avif", encoded(garment(), "AVIF")),
        "BMP": ("a.bmp", encoded(garment(), "BMP")),
        "TIFF of two pages": ("a.tif", encoded(garment(), "TIFF", save_all=True, append_images=[other])),
        "LZW TIFF": ("a.tif", encoded(garment(), "TIFF", compression="tiff_lzw")),
        "PNG called .txt": ("a.txt", encoded(garment())),
        "PNG without a name's ending": ("picture", encoded(garment())),
        "25 megapixels": ("a.png", lambda: encoded(garment().resize((4320, 5760), Image.Resampling.NEAREST))),
    }


@cache
def bad() -> dict[str, File]:
    """By kind: files that must be refused."""
    whole = {kind: encoded(garment(), kind) for kind in FORMATS}
    noise = random.Random(0)
    files = {
        "empty": ("a.png", b""),
        "text called .png": ("a.png", b"This is no picture.\n" * 50),
        "HTML called .png": ("a.png", b"<!doctype html><script>alert(1)</script>"),
        "SVG": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        "SVG called .png": ("a.png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"),
        "PDF": ("a.pdf", b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF"),
        "EPS": ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"),
        "PSD": ("a.psd", b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x09\0\0\0\x09\0\x08\0\x03" + bytes(64)),
        "XBM": ("a.xbm", b"#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {0x00};"),
        "ZIP": ("a.png", archive()),
        "pickle": ("a.png", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05posix\x94."),
        "program": ("a.png", b"\x7fELF\x02\x01\x01" + bytes(100)),
        "nulls": ("a.png", bytes(5000)),
        "blank page": ("a.png", encoded(Image.new("RGB", (300, 300), "white"))),
        "one pixel": ("a.png", encoded(Image.new("L", (1, 1), 77))),
        "one even line": ("a.png", encoded(Image.new("L", (1, 900), 77))),
        "wholly transparent": ("a.png", encoded(Image.new("RGBA", (90, 90)))),
        "26 megapixels": ("a.png", lambda: encoded(Image.new("1", (7000, 3715)))),
        "PNG that states 4 gigapixels": ("a.png", png(65_500, 65_500)),
        "PNG that states more than there can be": ("a.png", png(2**31 - 1, 2**31 - 1)),
        "PNG of no width": ("a.png", png(0, 9, chunk(b"IDAT", zlib.compress(b"")))),
        "PNG without pixels": ("a.png", png(64, 64)),
        "PNG with a bomb of text": ("a.png", lambda: png(64, 64, bomb(b"zTXt"))),
        "PNG with a bomb of a profile": ("a.png", lambda: png(64, 64, bomb(b"iCCP"))),
        "GIF that states 4 gigapixels": ("a.gif", whole["GIF"][:6] + b"\xff" * 4 + whole["GIF"][10:]),
        "BMP that states 4 gigapixels": ("a.bmp", whole["BMP"][:18] + struct.pack("<ii", 65_500, 65_500)
                                         + whole["BMP"][26:]),
        "WebP that states 268 megapixels": ("a.webp", webp(16_383, 16_383)),
        "TIFF that states 4 gigapixels": ("a.tif", tiff_of(65_500, 65_500, 200, 10)),
        "TIFF whose pixels lie beyond its end": ("a.tif", tiff_of(64, 64, 10**9, 4096)),
        "TIFF that is its own successor": ("a.tif", tiff_of(64, 64, 10**9, 4096, next_directory=8)),
        "TIFF of an unknown compression": ("a.tif", tiff_of(64, 64, 8, 100, compression=65_001)),
        "TIFF without tags": ("a.tif", tiff()),
        "TIFF with a million strips": ("a.tif", tiff((256, 4, 1, 64), (257, 4, 1, 64), (273, 4, 10**6, 8))),
        "JPEG of a thousand scans": ("a.jpg", many_scans()),
        "PNG and ZIP": ("a.png", whole["PNG"] + archive()),
        "JPEG and ZIP": ("a.jpg", whole["JPEG"] + archive()),
        "GIF and script": ("a.gif", whole["GIF"] + b"/*<script>alert(1)</script>*/"),
        "JPEG with a script as comment": ("a.jpg", encoded(garment(), "JPEG", comment=b"<script>alert(1)</script>")),
        "PNG and HTML": ("a.png", png(64, 64, chunk(b"tEXt", b"a\0<html><body onload=alert(1)>"))),
        "PNG and PDF": ("a.png", png(64, 64, chunk(b"tEXt", b"a\0%PDF-1.7"))),
        "BMP and PHP": ("a.bmp", whole["BMP"] + b"<?php system($_GET[0]); ?>"),
        "11 megabytes": ("a.bmp", lambda: encoded(Image.effect_noise((3400, 3400), 60), "BMP")),
    }  # fmt: skip
    for kind, content in whole.items():
        files[f"{kind} cut off"] = (f"a.{kind.lower()}", content[: len(content) * 2 // 3])
    for kind in ("ICO", "PPM", "PCX", "TGA", "ICNS", "JPEG2000", "SGI", "DDS", "PDF"):
        files[f"{kind} file"] = ("a.png", encoded(garment().resize((128, 128)), kind))
    for ending, magic in MAGIC.items():
        files[f"noise that begins like {ending}"] = (f"a.{ending}", magic + noise.randbytes(3000))
    return files
