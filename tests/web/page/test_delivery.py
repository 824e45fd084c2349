"""What the page fetches besides its frame: ``live/config``, ``live/report`` and its scripts."""

import posixpath
import re
from pathlib import PurePosixPath

import httpx
import pytest

from autoencoder.inference.engine import MAX_LEVEL, MAX_SEED, Engine
from autoencoder.web import assets, page_files


@pytest.mark.parametrize(("path", "kind"), [("config", "application/json"), ("report", "text/html; charset=utf-8")])
def test_content_names_its_models_and_is_sent_once(server_url: str, path: str, kind: str):
    """A browser may keep it, but asks each time whether it still holds."""
    first = httpx.get(f"{server_url}/live/{path}")
    assert (first.status_code, first.headers["content-type"]) == (200, kind)
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-models"] == httpx.get(f"{server_url}/healthz").json()["set"]
    again = httpx.get(f"{server_url}/live/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-models"] == first.headers["x-models"]
    other = httpx.get(f"{server_url}/live/{path}", headers={"If-None-Match": 'W/"0123456789abcdef"'})
    assert other.content == first.content


def test_config_tells_models_and_limits(server_url: str, engine: Engine):
    config = httpx.get(f"{server_url}/live/config").json()
    assert [model["name"] for model in config["models"]] == list(engine.names)
    assert [model["checksum"] for model in config["models"]] == [each.checksum for each in engine.checkpoints.values()]
    assert (config["limits"]["max_level"], config["limits"]["max_seed"]) == (MAX_LEVEL, MAX_SEED)
    assert [kind["value"] for kind in config["kinds"]] == ["gaussian", "speckle", "masking", "salt_pepper"]


def test_scripts_are_kept_for_ever_below_one_hash(server_url: str):
    """One address for all of them, so that their relative imports lead from one kept file to the next."""
    urls = assets.script_urls()
    (version,) = {url.split("/")[1] for url in urls.values()}
    client = httpx.Client(base_url=server_url, headers={"Accept-Encoding": "gzip"})
    for name, content in page_files.files("js").items():
        assert urls[name] == f"assets/{version}/{name}"
        answer = client.get(urls[name])
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == content
    wrong = client.get("assets/0123456789ab/js/denoise/main.js")
    client.close()
    assert wrong.status_code == 404


def test_scripts_import_only_what_is_there_and_the_tabs_not_one_another():
    """``lib`` knows no tab, and a tab knows ``lib`` and itself."""
    files = page_files.files("js") | page_files.files("vendor")
    for name, content in page_files.files("js").items():
        own = PurePosixPath(name)
        for target in re.findall(r'^import (?:[^;"]*? from )?"(.+?)";$', content.decode(), re.M):
            found = PurePosixPath(posixpath.normpath(own.parent / target))
            assert found.as_posix() in files, f"{name} imports {target}"
            is_shared = found.is_relative_to("js/lib") or found.is_relative_to("vendor")
            assert is_shared or found.parent == own.parent, f"{name} imports {target}"


def test_a_script_comes_with_all_that_it_imports_and_nothing_else():
    """The tour speaks of a model's name, which the settings tell; what computes in the browser can wait."""
    urls = [url.split("/js/")[1] for url in assets.urls_with_imports("js/header/main.js")]
    assert urls[0] == "header/main.js"
    assert {"header/tour.js", "lib/studio.js"} <= set(urls)
    assert not [url for url in urls if url.startswith(("denoise/", "latent/", "lib/engine/network"))]
    assert len(urls) == len(set(urls))
    assert any("lib/engine/jax_wasm.js" in url for url in assets.urls_with_imports("js/learn/worker.js"))


def test_any_change_of_a_script_changes_the_address_of_all():
    """Else a browser would go on with a mixture of old and new ones."""
    files = {"js/a.js": b"1", "js/b.js": b"2"}
    for changed in ({**files, "js/b.js": b"3"}, {**files, "js/c.js": b""}, {"js/a.js": b"1", "js/c.js": b"2"}):
        assert assets.common_version(changed) != assets.common_version(files)
