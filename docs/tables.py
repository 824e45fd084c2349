"""Write the documents' tables from the recorded numbers: `python -m docs.tables`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from autoencoder.weights import reference_results

ROOT: Final = Path(__file__).resolve().parent.parent
WEIGHTS: Final = ROOT / "weights"
SEEDS: Final = WEIGHTS / "seeds.json"
MAPS: Final = WEIGHTS / "maps.json"
ONNX: Final = ROOT / "docs" / "onnx.json"

Numbers = Mapping[str, Any]


def main() -> None:
    """Replace what stands between the markers."""
    for name in TABLES:
        path = ROOT / name
        path.write_text(filled(name, path.read_text(encoding="utf-8")), encoding="utf-8")


def filled(document: str, text: str) -> str:
    """The text of one of :data:`TABLES`' documents with its tables made anew."""
    for name, table in TABLES[document].items():
        before, rest = text.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n{table()}\n<!-- /{name} -->{after}"
    return text


def summary() -> str:
    """The MSE of each model, clean and under two levels of noise."""
    levels = {"0": "clean", "0.25": "noise 0.25", "0.6": "noise 0.6"}
    rows: list[tuple[str, ...]] = [("model", "numbers in the bottleneck", *levels.values()), ("---",) * 5]
    for name in _models():
        record, config = (_read(WEIGHTS / name / file) for file in ("metrics.json", "config.json"))
        cells = (_cell(record["results"][level]["mse"], 4) for level in levels)
        rows.append((f"**{name}**", str(config["latent_dim"]), *cells))
    return _markdown(rows)


def results() -> str:
    """Each model at the noise levels that matter, under the reference's rows."""
    printed = reference_results.FIGURES
    rows = [
        ("model", "noise", "MSE", "PSNR, dB", "SSIM", "ssim_global"),
        ("---",) * 6,
        (
            "notebook, as printed",
            f"{reference_results.LEVEL}",
            f"{printed['mse']}",
            f"{printed['psnr']}",
            "",
            f"{printed['ssim_global']}",
        ),
        _repetition(_read(SEEDS)["models"]["notebook"]),
    ]
    for name in _models():
        record = _read(WEIGHTS / name / "metrics.json")
        rows += [_row(f"**{name}**", level, record) for level in ("0", "0.25", "0.6")]
    return _markdown(rows)


def seeds() -> str:
    """What the numbers vary by from seed to seed."""
    columns = {
        "MSE, clean": ("mse_0", 5),
        "MSE, noise 0.25": ("mse_0.25", 5),
        "MSE, noise 0.6": ("mse_0.6", 5),
        "5-NN accuracy": ("knn5_accuracy", 3),
        "trustworthiness": ("trustworthiness", 4),
        "plane filled": ("occupied_share", 3),
        "best training loss": ("best_train_loss", 4),
    }
    rows: list[tuple[str, ...]] = [("model", "seeds", *columns), ("---",) * (len(columns) + 2)]
    for name, entry in _read(SEEDS)["models"].items():
        cells = [
            f"{entry['measures'][key]['mean']:.{digits}f} ± {entry['measures'][key]['sd']:.{digits}f}"
            if key in entry["measures"]
            else ""
            for key, digits in columns.values()
        ]
        rows.append((name if name == "notebook" else f"**{name}**", ", ".join(map(str, entry["seeds"])), *cells))
    return _markdown(rows)


def maps() -> str:
    """Our maps of two numbers beside those of other methods, on the same images by the same code."""
    rows: list[tuple[str, ...]] = [("map", "5-NN accuracy", "1-NN", "trustworthiness", "plane filled", "MSE, clean")]
    rows.append(("---",) * len(rows[0]))
    entries: dict[str, Numbers] = {}
    for name in _models():
        record = _read(WEIGHTS / name / "metrics.json")
        if "occupied_share" in record["map"]:
            entries[f"**{name}**"] = {"map": record["map"], "mse": record["results"]["0"]["mse"]}
    for name, entry in (entries | _read(MAPS)["methods"]).items():
        digits = {"knn5_accuracy": 3, "knn1_accuracy": 3, "trustworthiness": 4, "occupied_share": 3}
        cells = (f"{entry['map'][key]:.{places}f}" for key, places in digits.items())
        rows.append((name, *cells, _cell(entry["mse"], 4) if "mse" in entry else "cannot draw"))
    return _markdown(rows)


def _repetition(entry: Numbers) -> tuple[str, ...]:
    """Row of the reference recipe, repeated by us: means over its seeds."""
    digits = {"mse_0.25": 5, "psnr": 2, "ssim": 3, "ssim_global": 3}
    means = (f"{entry['measures'][name]['mean']:.{places}f}" for name, places in digits.items())
    return (f"notebook, repeated with {len(entry['seeds'])} seeds", "0.25", *means)


def baselines() -> str:
    """MSE of the classical methods and of ours, best first."""
    report = _read(WEIGHTS / "baselines.json")
    entries: dict[str, list[Numbers]] = {
        name: [report[level][name]["mse"] for level in report] for name in report["0.25"]
    }
    for name in _models():
        record = _read(WEIGHTS / name / "metrics.json")["results"]
        entries[f"**{name}**"] = [record[level]["mse"] for level in report]
    ranked = sorted(entries.items(), key=lambda entry: float(entry[1][1]["mean"]))
    head = ("method", *(f"MSE, noise {level}" if level != "0" else "MSE, clean" for level in report))
    return _markdown([head, ("---",) * len(head), *((name, *(_cell(x, 4) for x in cells)) for name, cells in ranked)])


def onnx() -> str:
    """Size, agreement and time of each ONNX file."""
    head = ("file", "MB", "1 image, ms: torch", "onnxruntime", "1,000 images, ms: torch", "onnxruntime")
    rows: list[tuple[str, ...]] = [(*head, "from torch", "from the page")]
    rows.append(("---",) * len(rows[0]))
    for model, files in _read(ONNX)["models"].items():
        for name, entry in files.items():
            one, many = entry["times"]["1"], entry["times"]["1000"]
            times = [f"{each[key]:.3g}" for each in (one, many) for key in ("torch_ms", "onnxruntime_ms")]
            apart = (f"{entry[key]:.0e}" for key in ("difference", "from_single"))
            rows.append((f"{model}/{name}", f"{entry['bytes'] / 1e6:.1f}", *times, *apart))
    return _markdown(rows)


def _models() -> list[str]:
    names = [path.parent.name for path in WEIGHTS.glob("*/config.json")]
    return sorted(names, key=lambda name: (name != "basic", name))


def _row(title: str, level: str, record: Numbers) -> tuple[str, ...]:
    scores = record["results"][level]
    digits = {"mse": 5, "psnr": 2, "ssim": 3, "ssim_global": 3}
    return (title, level, *(_cell(scores[name], places) for name, places in digits.items()))


def _cell(interval: Numbers, digits: int) -> str:
    return f"{interval['mean']:.{digits}f} ± {(interval['high'] - interval['low']) / 2:.{digits}f}"


def _read(path: Path) -> Numbers:
    content: Numbers = json.loads(path.read_text(encoding="utf-8"))
    return content


def _markdown(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "README.md": {"summary": summary},
    "docs/results.md": {"results": results, "seeds": seeds, "maps": maps, "baselines": baselines},
    "docs/onnx.md": {"onnx": onnx},
}
"""The tables of each document, by the name that their markers bear."""


if __name__ == "__main__":
    main()
