"""The image's description: what can be said of it without building it (deploy/build-offline.sh builds and runs it)."""

import re

import yaml

from autoencoder.web.security import trusted_hosts
from autoencoder.web.security.response_headers import EMBED_VARIABLE
from autoencoder.web.server import ROOT_PATH
from deploy import space
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_context_lets_through_what_the_image_copies_and_no_more():
    """The ignore file is an allow-list, within the list of what a Space is made of."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "**"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {word for words in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for word in words.split()}
    assert allowed == copied
    assert allowed < set(space.FILES)


def test_image_runs_as_an_ordinary_user_from_a_pinned_base():
    assert re.search(r"^ARG BASE=python:3\.12\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^USER 1000$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER 1000") > DOCKERFILE.rindex("RUN ")


def test_compose_serves_one_process_or_several_behind_nginx():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"app", "replica", "nginx"}
    assert set(services["app"]["environment"]) == {trusted_hosts.VARIABLE, EMBED_VARIABLE, ROOT_PATH}
    assert "profiles" not in services["app"]
    assert services["replica"]["profiles"] == services["nginx"]["profiles"] == ["replicas"]
    assert services["replica"]["networks"]["default"]["aliases"] == ["app"]
    assert all(services[name]["read_only"] and services[name]["tmpfs"] for name in services)
    for volume in services["nginx"]["volumes"]:
        assert (ROOT / volume.split(":")[0]).is_file()
