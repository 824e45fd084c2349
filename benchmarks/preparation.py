"""How well pictures of garments are prepared: `python -m benchmarks.preparation` (needs npm, once).

Emoji of garments on many grounds, and training images pasted large, are prepared and placed on the map; the class that
most of the nearest test items have is compared with what the picture shows. Then emoji and photos of other things:
how many are noted as unlike the training data.
"""

import contextlib
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageFilter
from skimage import data as skimage_data
from torch import Tensor

from autoencoder.data import loading
from autoencoder.data.dataset import Dataset
from autoencoder.data.picture_file import PictureError
from autoencoder.data.preparation import prepare
from autoencoder.inference.engine import NEIGHBOURS, Engine
from autoencoder.weights import checkpoint
from autoencoder.weights.checkpoint import Checkpoint

BUILD: Final = Path("build/emoji")
SETS: Final = ("google", "twitter")
GARMENTS: Final = {
    "1f455": 0,
    "1f456": 1,
    "1f457": 3,
    "1f45a": 0,
    "1f9e5": 4,
    "1f97c": 4,
    "1f45c": 8,
    "1f45d": 8,
    "1f45b": 8,
    "1f392": 8,
    "1f45e": 7,
    "1f45f": 7,
    "1f97e": 9,
    "1f462": 9,
}
"""Class by code point; a coat counts as a top."""
FAMILIES: Final = (0, 1, 0, 2, 0, 3, 0, 3, 4, 3)
"""Family of each class: top, trouser, dress, shoe, bag."""
PASTED: Final = 300
EARLIER: Final = {"white": (255, 0.76), "black": (0, 0.77), "grey 225": (225, 0.75)}
"""Grey level of the ground, and the share that came to the right class before the preparation was built anew."""
OTHERS: Final = ("1f431", "1f408", "1f436", "1f697", "1f695", "1f68c", "1f600", "1f60e", "1f622", "1f468")
"""Cats, a dog, cars, a bus and faces."""
PHOTOS: Final = (
    *("astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field"),
    *("immunohistochemistry", "moon", "page", "retina", "rocket", "text"),
)
"""That come with scikit-image."""
MUST_FAMILY: Final = 0.8
MUST_STRICT: Final = 0.5
MUST_LOSE: Final = 0.02
MUST_NOTE: Final = 0.75
MOST_NOTED: Final = 0.05


def grounds(size: int = 320) -> dict[str, np.ndarray]:
    """Grounds ``(size, size, 3)`` uint8 by name."""
    random = np.random.default_rng(0)
    even = {"white": 255, "black": 0, "grey128": 128, "grey200": 200}
    named = {name: np.full((size, size, 3), level, np.uint8) for name, level in even.items()}
    named["blue"] = np.full((size, size, 3), (60, 90, 170), np.uint8)
    ramp = np.linspace(90, 230, size)[:, None, None]
    named["gradient"] = np.broadcast_to(ramp, (size, size, 3)).astype(np.uint8)
    coarse = Image.fromarray(random.integers(0, 256, (size // 4, size // 4), np.uint8)).resize((size, size))
    texture = np.asarray(coarse.filter(ImageFilter.GaussianBlur(2)), np.float32)[..., None] / 255
    named["grass"] = (texture * (70, 110, 50) + (20, 60, 10)).astype(np.uint8)
    named["wood"] = (texture * (60, 45, 30) + (130, 90, 60)).astype(np.uint8)
    named["noise"] = random.normal(225, 8, (size, size, 3)).clip(0, 255).astype(np.uint8)
    return named


def emoji(kind: str, code: str) -> Image.Image:
    """An emoji of 64 pixels, with transparency; its package is fetched into build/ the first time."""
    path = BUILD / kind / "package" / "img" / kind / "64" / f"{code}.png"
    if not path.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        packed = f"emoji-datasource-{kind}@16.0.0"
        name = subprocess.run(["npm", "pack", packed], cwd=BUILD, capture_output=True, text=True, check=True).stdout
        with tarfile.open(BUILD / name.split()[-1]) as archive:
            archive.extractall(BUILD / kind, filter="data")
    return Image.open(path).convert("RGBA")


def scenes(kind: str, code: str) -> Iterator[tuple[str, Image.Image]]:
    """The emoji on each ground, cut out, and as a white silhouette on grey and cut out."""
    large = emoji(kind, code).resize((224, 224), Image.Resampling.BICUBIC)
    white = Image.new("RGBA", large.size, "white")
    white.putalpha(large.getchannel("A"))
    for name, ground in grounds().items():
        yield name, _on(large, Image.fromarray(ground))
    yield "cut-out", _on(large, Image.new("RGBA", (320, 320)))
    yield "silhouette", _on(white, Image.new("RGBA", (320, 320)))
    yield "silhouette on grey", _on(white, Image.new("RGB", (320, 320), (225, 225, 225)))


def _on(emoji: Image.Image, ground: Image.Image) -> Image.Image:
    scene = ground.convert("RGBA")
    scene.alpha_composite(emoji, (48, 48))
    return scene if ground.mode == "RGBA" else scene.convert("RGB")


def placed(model: Checkpoint, images: Sequence[Tensor]) -> list[int]:
    """For each image ``(1, 1, 28, 28)`` the class that most of the nearest test items have."""
    plane = model.latent_map
    with torch.inference_mode():
        codes = torch.cat([model.model.encode(batch) for batch in torch.cat(list(images)).split(500)])
    near = [plane.labels[plane.neighbours(x, y, NEIGHBOURS)].tolist() for x, y in plane.project(codes).tolist()]
    return [Counter(labels).most_common(1)[0][0] for labels in near]


def measure_emoji(model: Checkpoint) -> bool:
    """Print family and strict accuracy, the refused and the blank, and the time a picture; whether the aims are met."""
    shown, images, seconds, refused = [], [], [], 0
    for kind, (code, label) in product(SETS, GARMENTS.items()):
        for name, scene in scenes(kind, code):
            start = time.perf_counter()
            try:
                images.append(prepare(scene).image)
            except PictureError:
                refused += 1
                continue
            seconds.append(time.perf_counter() - start)
            shown.append((code, name, label))
    rows = [(*each, found) for each, found in zip(shown, placed(model, images), strict=True)]
    family, strict = _report("all", rows)
    for column in (1, 0):
        for group in dict.fromkeys(row[column] for row in rows):
            _report(f"  {group}", [row for row in rows if row[column] == group])
    blank = sum(float(image.max() - image.min()) < 0.1 for image in images)
    print(f"refused {refused}, blank {blank} (must 0), {1e3 * np.median(seconds):.1f} ms a picture")
    count = len(rows) + refused
    return blank == 0 and family / count >= MUST_FAMILY and strict / count >= MUST_STRICT


def _report(name: str, rows: Sequence[tuple[str, str, int, int]]) -> tuple[int, int]:
    strict = sum(found == label for *_, label, found in rows)
    family = sum(FAMILIES[found] == FAMILIES[label] for *_, label, found in rows)
    print(f"{name:20} family {family / len(rows):6.1%} strict {strict / len(rows):6.1%} of {len(rows)}")
    return family, strict


def pasted(image: Tensor, ground: int) -> Image.Image:
    """A 28 x 28 image eight times as large, on black as it is, on a light ground as its negative."""
    pixels = image[0].numpy() if ground == 0 else (1 - image[0].numpy()) * ground / 255
    large = Image.fromarray((pixels * 255).round().astype(np.uint8)).resize((224, 224), Image.Resampling.BICUBIC)
    scene = Image.new("L", (320, 320), ground)
    scene.paste(large, (48, 48))
    return scene


def measure_pasted(model: Checkpoint, data: Dataset) -> bool:
    """Print the strict accuracy of training images pasted on white, black and grey; whether little is lost."""
    images, labels = data.train.images[:PASTED], data.train.labels[:PASTED].tolist()
    print(f"training images as they are: {_share(placed(model, images.split(1)), labels):.1%} of {PASTED}")
    holds = True
    for name, (ground, before) in EARLIER.items():
        seen = [prepare(pasted(image, ground)).image for image in images]
        share = _share(placed(model, seen), labels)
        holds &= share >= before - MUST_LOSE
        print(f"  pasted on {name}: {share:.1%}; {before:.1%} with the first preparation")
    return holds


def _share(found: Sequence[int], labels: Sequence[int]) -> float:
    return float(np.mean(np.array(found) == np.array(labels)))


def measure_unusual(model: Checkpoint, data: Dataset) -> bool:
    """Print how many non-garments and how many test images are noted as unlike the training data; whether so many."""
    engine = Engine({"denoising": model})
    pictures = [next(scenes(kind, code))[1] for kind in SETS for code in OTHERS]
    pictures += [Image.fromarray(getattr(skimage_data, name)()) for name in PHOTOS]
    noted = []
    for picture in pictures:
        with contextlib.suppress(PictureError):
            noted.append(engine.is_unusual(prepare(picture).image))
    test = [engine.is_unusual(image) for image in data.test.images[:PASTED].split(1)]
    refused = len(pictures) - len(noted)
    print(f"noted: {np.mean(noted):.1%} of {len(noted)} other things (must {MUST_NOTE:.0%}); {refused} more refused")
    print(f"  and {np.mean(test):.1%} of {len(test)} test images (of all at most {MOST_NOTED:.0%})")
    return bool(np.mean(noted) >= MUST_NOTE)


def main() -> int:
    """Measure all three; 1 if something that must hold does not."""
    model, data = checkpoint.load(Path("weights/denoising")), loading.load(None)
    held = [measure_emoji(model), measure_pasted(model, data), measure_unusual(model, data)]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
