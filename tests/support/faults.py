"""Ways in which a model's folder can be wrong: by name, the file to blame and what does it."""

import hashlib
import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

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


def in_place_of(path: Path, make) -> None:
    path.unlink()
    make(path)


def with_nan(array):
    array = array.copy()
    array.flat[5] = np.nan
    return array


FAULTS = {
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
    "weights of another model": (WEIGHTS, lambda f: shutil.copy(f.parent / "denoising" / WEIGHTS, f)),
    "metrics of another model": (WEIGHTS, lambda f: shutil.copy(f.parent / "denoising" / METRICS, f)),
    "configuration of another model": (CONFIG, lambda f: shutil.copy(f.parent / "denoising" / CONFIG, f)),
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
    "NaN in the map": (MAP, lambda f: plane(f, codes=with_nan)),
    "a map of doubles": (MAP, lambda f: plane(f, codes=lambda a: a.astype(float))),
    "a map of three columns": (MAP, lambda f: plane(f, codes=lambda a: np.repeat(a, 2, 1)[:, :3])),
    "a map of fewer labels": (MAP, lambda f: plane(f, labels=lambda a: a[:-1])),
    "a map of an eleventh class": (MAP, lambda f: plane(f, labels=lambda a: a + 5)),
    "a map of items that do not exist": (MAP, lambda f: plane(f, index=lambda a: a + 10**6)),
    "a map on one spot": (MAP, lambda f: plane(f, codes=np.zeros_like)),
    "a map of nothing": (MAP, lambda f: plane(f, codes=lambda a: a[:0], labels=lambda a: a[:0], index=lambda a: a[:0])),
    "a map with a pickle": (MAP, lambda f: plane(f, labels=lambda a: np.array([{}] * len(a), object))),
    "the map of a wide model": (MAP, lambda f: shutil.copy(Path("weights/denoising-64", MAP), f)),
    "a text as map": (MAP, lambda f: (f / MAP).write_text("codes")),
    "noise as atlas": (ATLAS, lambda f: (f / ATLAS).write_bytes(b"RIFF\x10\0\0\0WEBPVP8 " + bytes(range(200)))),
}  # fmt: skip
