"""The app beside damaged models: it starts, names each by file and cause, and serves the others."""

import json
import shutil
import time

import httpx
import pytest
from playwright.sync_api import expect

from autoencoder.web import models
from autoencoder.weights import checkpoint
from benchmarks.support.server import served
from tests.conftest import ROOT
from tests.support.caller import Caller
from tests.support.damaged_weights import CARD, DAMAGE, METRICS, WEIGHTS, class_names, cut, edit_json, flip
from tests.support.denoise_page import settled
from tests.support.latent_page import wait_until_ready

pytestmark = pytest.mark.slow

KINDS = (
    "a card with a date that does not exist",
    "a card nested 3,000 deep",
    "a card of 10^9 aliases",
    "a lone surrogate as class name",
    "null as data",
    "a lone surrogate in a version",
    "a mean of 400 digits",
    "10^9 steps of refinement",
    "a width of 10^30",
    "100,000 layers",
    "weights whose answers overflow",
    "a map of codes of 10^38",
    "an atlas of a cell too many",
)
"""One of each kind that once ended the app, blocked it or left the page without an answer."""
SCRIPTS = ("<img src=x onerror='window.ran = 1'>", "${window.ran = 2}", "{{window.ran = 3}}", "`</script><b>4</b>")
PATIENCE = 120


@pytest.fixture(scope="module")
def crippled(tmp_path_factory):
    """The app with one of three models damaged, and a shared file; its address and its log."""
    root = tmp_path_factory.mktemp("crippled") / "weights"
    shutil.copytree(ROOT / "weights", root)
    flip(root / "basic" / WEIGHTS)
    (root / "seeds.json").write_text('{"models": 5}')
    (root / "denoising" / "history.csv").write_text("epoch,validation_mse\n1,much\n")
    (root / "denoising" / "figures" / "classes.png").write_bytes(b"\x89PNG")
    cut(root / "denoising" / "noisy_codes.safetensors")
    cut(root / "denoising" / "film.safetensors")
    cut(root / "sweep" / "8.safetensors")
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url, log
    assert "Traceback" not in log.read_text()


def test_the_sound_models_answer_and_health_tells_what_is_missing(crippled):
    url, log = crippled
    health = httpx.get(f"{url}/healthz").json()
    assert list(health["models"]) == ["denoising", "denoising-64"]
    assert (
        "The model basic is missing: its model.safetensors is not the file that metrics.json describes."
        in health["missing"]
    )
    assert str(log.parent) not in str(health)
    assert "basic/model.safetensors is not the file" in log.read_text()
    caller = Caller(url, log)
    values, complaint = caller.call("decode", {"data": [0, 0, "basic"]})
    assert values is None
    assert complaint == "There is no model 'basic'. Choose one of: denoising, denoising-64."
    caller.expect_health()
    caller.http.close()


def test_the_page_says_which_model_is_missing_and_which_answer(crippled, page):
    page.goto(crippled[0])
    notice = page.locator("#missing-models")
    notice.wait_for()
    assert notice.locator("p").all_inner_texts() == [
        "The model basic is missing: its model.safetensors is not the file that metrics.json describes.",
        "The page lacks denoising/figures/classes.png, which is damaged.",
        "The page lacks denoising/noisy_codes.safetensors, which is damaged.",
        "The page lacks denoising/film.safetensors, which is damaged.",
        "The page lacks sweep/8.safetensors, which is damaged.",
        "The page lacks denoising/history.csv, which is damaged.",
        "The page lacks seeds.json, which is damaged.",
    ]
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        box = notice.bounding_box()
        assert box["x"] >= 8
        assert box["x"] + box["width"] <= width - 8
    weights = page.locator("#weights").filter(has_text="Weights that answer").inner_text()
    assert "denoising " + checkpoint.sha256(ROOT / "weights" / "denoising" / WEIGHTS)[:8] in weights
    assert "basic" not in weights
    page.locator("#model label").first.wait_for()
    assert page.locator("#model label").all_inner_texts() == [
        "noisy pictures (2 numbers)",
        "noisy pictures (64 numbers)",
    ]
    ticks = page.locator(".bottleneck-ticks span")
    assert ticks.all_text_contents() == ["2", "4", "16", "32", "64", "128"]


def test_a_sound_folder_has_nothing_to_complain_of():
    found = models.load(ROOT / "weights")
    assert not found.complaints
    assert json.loads(found.config)["missing"] == []
    assert found.identity == models.load(ROOT / "weights").identity


def without_figures(name, target):
    shutil.copytree(ROOT / "weights" / name, target, ignore=shutil.ignore_patterns("figures"))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """The app with a damaged model of each kind and models of odd names; its address, its log, its folder."""
    root = tmp_path_factory.mktemp("damaged") / "weights"
    shutil.copytree(ROOT / "weights", root, ignore=shutil.ignore_patterns("basic", "denoising-64", "figures"))
    for number, kind in enumerate(KINDS):
        without_figures("basic", root / f"damaged-{number}")
        DAMAGE[kind][1](root / f"damaged-{number}")
    for name in ("basic (copy)", "modèle", "${1+1}", "<b>bold</b>"):
        without_figures("basic", root / name.replace("/", ""))
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url, log, root
    assert "Traceback" not in log.read_text()


def test_damaged_models_are_named_and_the_others_served(damaged, page):
    url, log, _ = damaged
    health = httpx.get(f"{url}/healthz").json()
    assert list(health["models"]) == ["denoising", "basic (copy)", "modèle"]
    for number, kind in enumerate(KINDS):
        sentence = f"The model damaged-{number} is missing: its {DAMAGE[kind][0]} "
        assert any(each.startswith(sentence) for each in health["missing"]), kind
    page.goto(url)
    notice = page.locator("#missing-models p")
    expect(notice.filter(has_text="The model ${1+1} is missing: that is not a name for a model")).to_have_count(1)
    expect(notice.filter(has_text="The model <b>bold<b> is missing")).to_have_count(1)
    expect(notice).to_have_count(len(KINDS) + 2)
    assert "damaged-0/README.md" in log.read_text()


@pytest.mark.parametrize("name", ["basic (copy)", "modèle"])
def test_a_model_of_an_odd_name_is_served_with_its_map(damaged, page, name):
    url = damaged[0]
    page.goto(f"{url}/?tab=latent&model={name}")
    wait_until_ready(page)
    config = httpx.get(f"{url}/live/config").json()
    for file in ("codes.bin", "atlas.webp"):
        assert httpx.get(f"{url}/{config['assets'][f'{name}/{file}']}").status_code == 200
    answer = httpx.post(f"{url}/live/decode-many", json={"places": [[0.3, -0.4]], "model": name})
    assert answer.status_code == 200


def test_damage_while_it_runs_is_named_and_the_old_models_go_on(damaged):
    url, log, root = damaged
    for kind in KINDS[:4]:
        said = len(log.read_text())
        shutil.move(root / "modèle", root.parent / "kept")
        without_figures("basic", root / ".new")
        DAMAGE[kind][1](root / ".new")
        (root / ".new").rename(root / "modèle")
        deadline = time.monotonic() + PATIENCE
        while "the old ones go on answering" not in log.read_text()[said:] and time.monotonic() < deadline:
            httpx.get(f"{url}/healthz").raise_for_status()
            time.sleep(0.1)
        assert f"modèle is missing: its {DAMAGE[kind][0]}" in log.read_text()[said:], kind
        assert "modèle" in httpx.get(f"{url}/healthz").json()["models"]
        assert httpx.get(url).status_code == 200
        shutil.rmtree(root / "modèle")
        shutil.move(root.parent / "kept", root / "modèle")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    """The app with scripts in every text of its models' files; its address."""
    root = tmp_path_factory.mktemp("scripted") / "weights"
    shutil.copytree(ROOT / "weights", root, ignore=shutil.ignore_patterns("figures", "denoising-64"))
    text = " ".join(SCRIPTS)
    for name in ("basic", "denoising"):
        class_names(root / name / CARD, "\n" + "\n".join(f"- {json.dumps(each)}" for each in [*SCRIPTS, *"456789"]))
        record = json.loads((root / name / METRICS).read_text())
        record["training"] |= {"command": text, "finished": SCRIPTS[1]}
        record["versions"]["torch"] = text
        record["results"][SCRIPTS[0]] = record["results"]["0"]
        (root / name / METRICS).write_text(json.dumps(record))
    edit_json(root / "seeds.json", command=text, models=lambda each: {**each, text[:100]: each["basic"]})
    edit_json(root / "baselines.json", **dict.fromkeys(("0", "0.25", "0.6"), with_a_script))
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url
    assert "Traceback" not in log.read_text()


def with_a_script(methods):
    return {**methods, SCRIPTS[0]: methods["median"]}


def test_no_script_in_a_models_files_runs_and_all_are_shown_as_text(scripted, page):
    page.goto(scripted)
    settled(page)
    for name in ("latent", "report"):
        page.locator(f"#tab-{name}-button").last.click()
        if name == "latent":
            wait_until_ready(page)
            chips = page.locator(".lm-chip").evaluate_all("(all) => all.map((one) => one.childNodes[1].textContent)")
            assert [each.strip() for each in chips[: len(SCRIPTS)]] == list(SCRIPTS)
    report = page.locator("#report")
    expect(report).to_contain_text("How they were made")
    page.evaluate("() => { for (const each of document.querySelectorAll('#report details')) each.open = true; }")
    shown = report.inner_text()
    assert shown.count(" ".join(SCRIPTS)) >= 5  # command and version of two models, command of the seeds
    assert f"denoising, noise {SCRIPTS[0]}" in shown
    assert shown.count(SCRIPTS[0]) >= 8
    expect(page.locator("#weights")).to_contain_text(SCRIPTS[1][:10])
    assert page.evaluate("window.ran") is None
    assert page.locator("#report img[src=x], .lm-chip img, #report b:text-is('4')").count() == 0
