"""Which device computes, and how many processors a container grants."""

import os

import pytest

from autoencoder import device


@pytest.fixture
def eight(monkeypatch, tmp_path):
    """A machine of eight processors whose control group lies in a folder of the test's own."""
    monkeypatch.setattr(device, "_CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "200000 100000"}, 2),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "1600000 100000"}, 8),
        ({"cpu.max": ""}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000"}, 8),
    ],
)
def test_a_containers_quota_bounds_the_processors(files, expected, eight):
    for name, text in files.items():
        (eight / name).parent.mkdir(exist_ok=True)
        (eight / name).write_text(f"{text}\n")
    assert device.available_cpus() == expected


def test_where_no_process_is_bound_all_processors_count(eight, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert device.available_cpus() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert device.available_cpus() == 1
    (eight / "cpu.max").write_text("400000 100000\n")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert device.available_cpus() == 4


def test_an_unknown_device_is_one_sentence():
    with pytest.raises(ValueError, match=r"^Unknown device 'abacus': choose one of .*\.$"):
        device.resolve("abacus")
