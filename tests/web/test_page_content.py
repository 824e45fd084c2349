"""What the page fetches of the present models: ``live/config`` and ``live/report``."""

import httpx
import pytest

from autoencoder.inference.engine import MAX_LEVEL, MAX_SEED, Engine


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


def test_config_tells_models_and_limits(server_url: str, studio: Engine):
    config = httpx.get(f"{server_url}/live/config").json()
    assert [model["name"] for model in config["models"]] == list(studio.names)
    assert [model["checksum"] for model in config["models"]] == [each.checksum for each in studio.checkpoints.values()]
    assert (config["limits"]["max_level"], config["limits"]["max_seed"]) == (MAX_LEVEL, MAX_SEED)
    assert [kind["value"] for kind in config["kinds"]] == ["gaussian", "speckle", "masking", "salt_pepper"]
