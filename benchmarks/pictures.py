"""How well pictures of garments are prepared: `python -m benchmarks.pictures` (needs npm, once).

Emoji of garments on many grounds, and test images pasted large, are prepared and placed on the map; the class that
most of the nearest test items have is compared with what the picture shows. Codes and grounds marked held out were
not looked at while the preparation was tuned.
"""

import subprocess
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageFilter

from autoencoder.data import fashion_mnist
from autoencoder.data.picture_file import PictureError
from autoencoder.data.preparation import Prepared, prepare
from autoencoder.inference.engine import Engine
from autoencoder.weights import checkpoint

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
HELD_OUT_CODES: Final = {"1f45a", "1f97c", "1f45d", "1f45e", "1f462"}
HELD_OUT_GROUNDS: Final = {"blue", "grass", "grey200", "noise"}
PASTED: Final = 1_000


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


def placed(engine: Engine, image: torch.Tensor) -> int:
    """The class that most of the nearest test items have."""
    found = engine.look_up(*engine.encode(image))
    return Counter(neighbour.label for neighbour in found.neighbours).most_common(1)[0][0]


def measure_emoji(engine: Engine) -> None:
    """Print family and strict accuracy, the refused and the blank, and the time a picture."""
    rows, seconds, blank = [], [], 0
    for kind in SETS:
        for code, label in GARMENTS.items():
            for name, scene in scenes(kind, code):
                start = time.perf_counter()
                try:
                    image = prepare(scene).image
                except PictureError:
                    rows.append((code, name, -1, label))
                    continue
                seconds.append(time.perf_counter() - start)
                blank += float(image.max() - image.min()) < 0.1
                rows.append((code, name, placed(engine, image), label))
    _report("all", rows)
    _report("held out", [row for row in rows if row[0] in HELD_OUT_CODES or row[1] in HELD_OUT_GROUNDS])
    for name in dict.fromkeys(row[1] for row in rows):
        _report(f"  {name}", [row for row in rows if row[1] == name])
    for code in GARMENTS:
        _report(f"  {code}", [row for row in rows if row[0] == code])
    refused = sum(row[2] < 0 for row in rows)
    print(f"refused {refused}, blank {blank}, {1e3 * np.median(seconds):.1f} ms, at most {1e3 * max(seconds):.1f} ms")


def _report(name: str, rows: list[tuple[str, str, int, int]]) -> None:
    strict = np.mean([found == label for _, _, found, label in rows])
    family = np.mean([found >= 0 and FAMILIES[found] == FAMILIES[label] for _, _, found, label in rows])
    print(f"{name:20} family {family:6.1%} strict {strict:6.1%} of {len(rows)}")


def measure_pasted(engine: Engine, prepare: Callable[[Image.Image], Prepared] = prepare) -> None:
    """Print the strict accuracy of test images pasted eight times as large on white, black and grey."""
    test = fashion_mnist.load(None).test
    for name, ground in {"white": 255, "black": 0, "grey 225": 225}.items():
        right = 0
        for image, label in zip(test.images[:PASTED], test.labels[:PASTED].tolist(), strict=True):
            pixels = image[0].numpy() if ground == 0 else (1 - image[0].numpy()) * ground / 255
            large = Image.fromarray((pixels * 255).round().astype(np.uint8)).resize(
                (224, 224), Image.Resampling.BICUBIC
            )
            scene = Image.new("L", (320, 320), ground)
            scene.paste(large, (48, 48))
            right += placed(engine, prepare(scene).image) == label
        print(f"pasted on {name}: {right / PASTED:.1%} of {PASTED}")


def main() -> None:
    """Measure both."""
    engine = Engine({"denoising": checkpoint.load(Path("weights/denoising"))})
    measure_emoji(engine)
    measure_pasted(engine)


if __name__ == "__main__":
    main()
