"""Ways in which a model's folder can be damaged: by name, the file to blame and what does it."""

import hashlib
import io
import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from PIL import Image

SHIPPED = Path(__file__).parents[2] / "weights"
WEIGHTS, CONFIG, METRICS, MAP, ATLAS, CARD = (
    "model.safetensors", "config.json", "metrics.json", "latent_map.npz", "atlas.webp", "README.md",
)  # fmt: skip


def edit_json(path: Path, **values) -> None:
    """Set keys of a JSON file; a value may be a function of the old one."""
    content = json.loads(path.read_text())
    for key, value in values.items():
        content[key] = value(content[key]) if callable(value) else value
    path.write_text(json.dumps(content))


def resign(folder: Path) -> None:
    """Let ``metrics.json`` describe the weights that are there, so that only the weights' own checks can object."""
    edit_json(folder / METRICS, weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def tensors(folder: Path, change) -> None:
    loaded = safetensors.torch.load_file(folder / WEIGHTS)
    change(loaded)
    safetensors.torch.save_file(loaded, folder / WEIGHTS)
    resign(folder)


def weights_as(folder: Path, content: bytes) -> None:
    (folder / WEIGHTS).write_bytes(content)
    resign(folder)


def plane(folder: Path, **changes) -> None:
    arrays = dict(np.load(folder / MAP))
    for name, change in changes.items():
        arrays[name] = change(arrays[name])
    np.savez_compressed(folder / MAP, **arrays)


def project(folder: Path, mean, components) -> None:
    np.savez_compressed(folder / MAP, **{**np.load(folder / MAP), "mean": mean, "components": components})


def nan_weight(loaded) -> None:
    next(each for each in loaded.values() if each.is_floating_point()).view(-1)[-1] = torch.nan


def narrow(loaded) -> None:
    loaded.update({name: each[..., :1].clone() for name, each in loaded.items() if each.ndim == 2})


def halve(loaded) -> None:
    loaded.update({name: each.half() for name, each in loaded.items() if each.is_floating_point()})


def without_a_level(results):
    return {level: scores for level, scores in results.items() if level != "0.25"}


def with_text(results):
    return {**results, "0": {**results["0"], "mse": {"mean": "x"}}}


def many_levels(results):
    return {**results, **{f"0.{i}": results["0"] for i in range(1_000)}}


def with_infinity(array):
    return np.where(array == array.max(), np.inf, array).astype("f4")


def of_nine_codes(array):
    return np.where(np.arange(len(array))[:, None] < 9, array, 0).astype("f4")


def twentyfold(array):
    return np.concatenate([array] * 20)


def in_place_of(path: Path, make) -> None:
    path.unlink()
    make(path)


def with_nan(array):
    array = array.copy()
    array.flat[5] = np.nan
    return array


def put(path: Path, keys: str, text: str) -> None:
    """Set a value of a JSON file, by its keys joined by "/", to JSON text that need not be valid."""
    content = json.loads(path.read_text())
    *way, last = keys.split("/")
    place = content
    for key in way:
        place = place[key]
    place[last] = "HERE"
    path.write_text(json.dumps(content).replace('"HERE"', text))


def front_matter(path: Path, line: str) -> None:
    """Put a line at the start of a card's front matter."""
    path.write_text(path.read_text().replace("---\n", f"---\n{line}\n", 1), errors="surrogatepass")


def class_names(path: Path, names: str) -> None:
    """Give a card other class names, as YAML."""
    path.write_text(f"---\nclass_names: {names}\n---\n")


def aliases() -> str:
    """YAML of a kilobyte that stands for a list of 10^9 items."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    return "\n".join([*lines, "class_names: *a8"])


def webp(width: int, height: int, frames: int = 1) -> bytes:
    """A WebP of one colour, of so many frames."""
    picture, sink = Image.new("RGB", (width, height)), io.BytesIO()
    others = [Image.new("RGB", (width, height), (i, i, i)) for i in range(1, frames)]
    picture.save(sink, "WEBP", lossless=True, quality=0, method=0, save_all=frames > 1, append_images=others)
    return sink.getvalue()


def fill(value: float):
    """Makes every number of the encoder this one."""

    def change(loaded) -> None:
        for name, each in loaded.items():
            if name.startswith("encoder") and each.is_floating_point():
                each.fill_(value)

    return change


DAMAGE = {
    **{f"{n} missing": (n, lambda f, n=n: (f / n).unlink()) for n in (WEIGHTS, CONFIG, METRICS, MAP, ATLAS, CARD)},
    **{f"{n} cut off": (n, lambda f, n=n: cut(f / n)) for n in (WEIGHTS, CONFIG, METRICS, MAP, ATLAS)},
    **{f"{n} empty": (n, lambda f, n=n: (f / n).write_bytes(b"")) for n in (WEIGHTS, CONFIG, METRICS, MAP, CARD)},
    **{f"{n} a folder": (n, lambda f, n=n: in_place_of(f / n, Path.mkdir)) for n in (WEIGHTS, CONFIG, METRICS, MAP)},
    "weights a pipe": (WEIGHTS, lambda f: in_place_of(f / WEIGHTS, os.mkfifo)),
    "weights a link to nowhere": (WEIGHTS, lambda f: in_place_of(f / WEIGHTS, lambda p: p.symlink_to("nowhere"))),
    "weights with one flipped bit": (WEIGHTS, lambda f: flip(f / WEIGHTS)),
    "map with one flipped bit": (MAP, lambda f: flip(f / MAP)),
    "a pickle as weights": (WEIGHTS, lambda f: weights_as(f, pickle.dumps({"a": [1.0] * 1000}))),
    "a torch.save as weights": (WEIGHTS, lambda f: (torch.save({"a": torch.ones(9)}, f / WEIGHTS), resign(f))),
    "cut off but signed": (WEIGHTS, lambda f: weights_as(f, (f / WEIGHTS).read_bytes()[:-100])),
    "a header that states more than there is": (WEIGHTS, lambda f: weights_as(f, b"\xff" * 8 + b"{}")),
    "NaN among the weights": (WEIGHTS, lambda f: tensors(f, nan_weight)),
    "a weight too few": (WEIGHTS, lambda f: tensors(f, lambda t: t.pop(next(iter(t))))),
    "a weight too many": (WEIGHTS, lambda f: tensors(f, lambda t: t.update(extra=torch.ones(3)))),
    "weights of another shape": (WEIGHTS, lambda f: tensors(f, narrow)),
    "weights of half precision": (WEIGHTS, lambda f: tensors(f, halve)),
    "weights of another model": (WEIGHTS, lambda f: shutil.copy(SHIPPED / "denoising" / WEIGHTS, f)),
    "metrics of another model": (WEIGHTS, lambda f: shutil.copy(SHIPPED / "denoising" / METRICS, f)),
    "configuration of another model": (CONFIG, lambda f: shutil.copy(SHIPPED / "denoising" / CONFIG, f)),
    "an unknown setting": (CONFIG, lambda f: edit_json(f / CONFIG, colour="red")),
    "text as a setting": (CONFIG, lambda f: edit_json(f / CONFIG, latent_dim="two")),
    "a fraction as a setting": (CONFIG, lambda f: edit_json(f / CONFIG, latent_dim=2.5)),
    "true as a setting": (CONFIG, lambda f: edit_json(f / CONFIG, latent_dim=True)),
    "a negative setting": (CONFIG, lambda f: edit_json(f / CONFIG, latent_dim=-2)),
    "a setting that needs terabytes": (CONFIG, lambda f: edit_json(f / CONFIG, encoder_widths=[10**6, 10**6])),
    "NaN as a setting": (CONFIG, lambda f: edit_json(f / CONFIG, sine_scale=float("nan"))),
    "an infinite setting": (CONFIG, lambda f: (f / CONFIG).write_text('{"sine_scale": 1e999}')),
    "a list as configuration": (CONFIG, lambda f: (f / CONFIG).write_text("[]")),
    "JSON too deep": (CONFIG, lambda f: (f / CONFIG).write_text("[" * 100_000)),
    "no JSON in metrics": (METRICS, lambda f: (f / METRICS).write_text("{")),
    "NaN in metrics": (METRICS, lambda f: edit_json(f / METRICS, data_sha256=float("nan"))),
    "text in place of scores": (METRICS, lambda f: edit_json(f / METRICS, results="good")),
    "a level without scores": (METRICS, lambda f: edit_json(f / METRICS, results=without_a_level)),
    "text in place of a mean": (METRICS, lambda f: edit_json(f / METRICS, results=with_text)),
    "a list in place of the training": (METRICS, lambda f: edit_json(f / METRICS, training=[])),
    "no JSON object in metrics": (METRICS, lambda f: (f / METRICS).write_text("[]")),
    "a map with a mean of no length": (MAP, lambda f: project(f, np.float32(0), np.zeros(2, np.float32))),
    "a map with a mean of two rows": (
        MAP,
        lambda f: project(f, np.zeros((2, 32), np.float32), np.zeros((2, 2, 32), np.float32)),
    ),
    "NaN in the map": (MAP, lambda f: plane(f, codes=with_nan)),
    "a map of doubles": (MAP, lambda f: plane(f, codes=lambda a: a.astype(float))),
    "a map of three columns": (MAP, lambda f: plane(f, codes=lambda a: np.repeat(a, 2, 1)[:, :3])),
    "a map of fewer labels": (MAP, lambda f: plane(f, labels=lambda a: a[:-1])),
    "a map of an eleventh class": (MAP, lambda f: plane(f, labels=lambda a: a + 5)),
    "a map of items that do not exist": (MAP, lambda f: plane(f, index=lambda a: a + 10**6)),
    "a map on one spot": (MAP, lambda f: plane(f, codes=np.zeros_like)),
    "a map of nothing": (MAP, lambda f: plane(f, codes=lambda a: a[:0], labels=lambda a: a[:0], index=lambda a: a[:0])),
    "a map with a pickle": (MAP, lambda f: plane(f, labels=lambda a: np.array([{}] * len(a), object))),
    "the map of a wide model": (MAP, lambda f: shutil.copy(SHIPPED / "denoising-64" / MAP, f)),
    "a text as map": (MAP, lambda f: (f / MAP).write_text("codes")),
    "noise as atlas": (ATLAS, lambda f: (f / ATLAS).write_bytes(b"RIFF\x10\0\0\0WEBPVP8 " + bytes(range(200)))),
    "a card with a date that does not exist": (CARD, lambda f: front_matter(f / CARD, "date: 2026-02-30")),
    "a card nested 3,000 deep": (CARD, lambda f: front_matter(f / CARD, "a: " + "[" * 3_000 + "]" * 3_000)),
    "a card nested 3,000 deep by lines": (CARD, lambda f: front_matter(f / CARD, "a:\n" + "- " * 3_000 + "x")),
    "a card of 10^9 aliases": (CARD, lambda f: front_matter(f / CARD, aliases())),
    "a card of too much front matter": (CARD, lambda f: front_matter(f / CARD, "\n".join(["- x"] * 100_000))),
    "a card that is not YAML": (CARD, lambda f: front_matter(f / CARD, "a: [")),
    "a card with a tag of Python": (CARD, lambda f: front_matter(f / CARD, "a: !!python/object/apply:os.getcwd []")),
    "a card with a key that is a list": (CARD, lambda f: front_matter(f / CARD, "? [a]\n: b")),
    "a card with a number that is none": (CARD, lambda f: front_matter(f / CARD, "a: !!int x")),
    "a card in Latin-1": (CARD, lambda f: (f / CARD).write_bytes("---\nclass_names: [é]\n---\n".encode("latin-1"))),
    "a card that is a list": (CARD, lambda f: (f / CARD).write_text("---\n- a\n---\n")),
    "a lone surrogate as class name": (CARD, lambda f: class_names(f / CARD, '["\\ud800", b, c, d, e, f, g, h, i, j]')),
    "a class name of a megabyte": (CARD, lambda f: class_names(f / CARD, f"[{', '.join(['x' * 6_000] * 10)}]")),
    "no class names": (CARD, lambda f: class_names(f / CARD, "[]")),
    "text as class names": (CARD, lambda f: class_names(f / CARD, "abcdefghij")),
    "null as class names": (CARD, lambda f: class_names(f / CARD, "null")),
    "lists as class names": (CARD, lambda f: class_names(f / CARD, f"[{', '.join(['[a]'] * 10)}]")),
    "300 class names": (CARD, lambda f: class_names(f / CARD, f"[{', '.join(map(str, range(300)))}]")),
    "null as data": (METRICS, lambda f: put(f / METRICS, "data", "null")),
    "a number as data's name": (METRICS, lambda f: put(f / METRICS, "data/name", "5")),
    "a lone surrogate in a version": (METRICS, lambda f: put(f / METRICS, "versions/torch", '"\\ud800"')),
    "a lone surrogate in the command": (METRICS, lambda f: put(f / METRICS, "training/command", '"\\udfff"')),
    "a lone surrogate as a key": (METRICS, lambda f: put(f / METRICS, "results", '{"\\ud800": {}}')),
    "a lone surrogate in data's name": (METRICS, lambda f: put(f / METRICS, "data/name", '"\\ud800"')),
    "a mean of 400 digits": (METRICS, lambda f: put(f / METRICS, "results/0/mse/mean", "9" * 400)),
    "a time of 400 digits": (METRICS, lambda f: put(f / METRICS, "training/cpu_seconds", "9" * 400)),
    "an epoch of 5,000 digits": (METRICS, lambda f: put(f / METRICS, "training/best_epoch", "9" * 5_000)),
    "a mean of 1e300": (METRICS, lambda f: put(f / METRICS, "results/0/mse/mean", "1e300")),
    "a mean that is not a number": (METRICS, lambda f: put(f / METRICS, "results/0/mse/mean", "NaN")),
    "an accuracy of a million": (METRICS, lambda f: put(f / METRICS, "map/knn5_accuracy", "1e6")),
    "true as an accuracy": (METRICS, lambda f: put(f / METRICS, "map/knn5_accuracy", "true")),
    "text as occupied share": (METRICS, lambda f: put(f / METRICS, "map/occupied_share", '"x"')),
    "a list as amortisation": (METRICS, lambda f: put(f / METRICS, "amortisation", "[1]")),
    "null as a recipe": (METRICS, lambda f: put(f / METRICS, "training/recipe", "null")),
    "a number as the end of training": (METRICS, lambda f: put(f / METRICS, "training/finished", "20261126")),
    "a command of a megabyte": (METRICS, lambda f: put(f / METRICS, "training/command", json.dumps("x" * 900_000))),
    "1,000 noise levels": (METRICS, lambda f: edit_json(f / METRICS, results=many_levels)),
    "metrics nested 3,000 deep": (METRICS, lambda f: put(f / METRICS, "data", "[" * 3_000 + "]" * 3_000)),
    "metrics in UTF-16": (METRICS, lambda f: (f / METRICS).write_bytes((f / METRICS).read_text().encode("utf-16"))),
    "10^9 steps of refinement": (CONFIG, lambda f: put(f / CONFIG, "refine_steps", "1000000000")),
    "a width of 10^30": (CONFIG, lambda f: put(f / CONFIG, "encoder_widths", f"[{10**30}]")),
    "100,000 layers": (CONFIG, lambda f: put(f / CONFIG, "encoder_widths", json.dumps([1] * 100_000))),
    "10^12 sine waves": (CONFIG, lambda f: put(f / CONFIG, "sine_features", str(10**12))),
    "10^6 convolutions": (CONFIG, lambda f: edit_json(f / CONFIG, front_channels=1, unet_depth=10**6)),
    "a latent size of 400 digits": (CONFIG, lambda f: put(f / CONFIG, "latent_dim", "9" * 400)),
    "null as a setting": (CONFIG, lambda f: put(f / CONFIG, "dropout", "null")),
    "weights whose answers overflow": (WEIGHTS, lambda f: tensors(f, fill(3e38))),
    "a map of codes of 10^38": (MAP, lambda f: plane(f, codes=lambda a: a * np.float32(1e37))),
    "a map with an infinite code": (MAP, lambda f: plane(f, codes=with_infinity)),
    "a map that fills no area": (MAP, lambda f: plane(f, codes=of_nine_codes)),
    "a map of 200,000 codes": (MAP, lambda f: plane(f, codes=twentyfold, labels=twentyfold, index=twentyfold)),
    "an atlas of a cell too many": (ATLAS, lambda f: (f / ATLAS).write_bytes(webp(4_116, 4_116))),
    "an atlas that moves": (ATLAS, lambda f: (f / ATLAS).write_bytes(webp(56, 56, frames=3))),
    "an atlas of half cells": (ATLAS, lambda f: (f / ATLAS).write_bytes(webp(50, 50))),
    "an atlas that is not square": (ATLAS, lambda f: (f / ATLAS).write_bytes(webp(56, 84))),
    "a PNG as atlas": (ATLAS, lambda f: Image.new("L", (56, 56)).save(f / ATLAS, "PNG")),
}  # fmt: skip
