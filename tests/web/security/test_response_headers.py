"""What every answer tells the browser."""

import pytest

from autoencoder.web.security.response_headers import headers
from tests.support.raw_http import ask


@pytest.mark.parametrize("wrong", ["a b", "x;script-src *", "https://", "a.example https://b.example"])
def test_embedding_hosts_are_names_of_hosts(wrong):
    policy = dict(headers("moodle.example, https://*.example.edu:8443"))["Content-Security-Policy"]
    assert policy.endswith(" https://*.hf.space moodle.example https://*.example.edu:8443")
    with pytest.raises(ValueError, match="AUTOENCODER_EMBED_HOSTS must be names of hosts"):
        headers(wrong)


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/theme.css", "/static/img/logo.svg", "/nothing"])
def test_every_answer_binds_the_browser(server_url, path):
    _, headers, _ = ask(server_url, "GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://huggingface.co" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
