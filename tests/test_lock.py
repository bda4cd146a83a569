import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = PROJECT["project"]["dependencies"]
TEST = PROJECT["dependency-groups"]["dev"]


def name_of(requirement):
    return re.match(r"[\w-]+", requirement)[0].lower().replace("_", "-")


def locked(name):
    """The version of each package in a lock file."""
    lines = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lines, re.MULTILINE))


@pytest.mark.parametrize("requirement", RUN)
def test_what_runs_is_locked(requirement):
    assert name_of(requirement) in locked("requirements.lock")


@pytest.mark.parametrize("requirement", RUN + TEST)
def test_what_tests_need_is_locked(requirement):
    assert name_of(requirement) in locked("requirements-dev.lock")


def test_tests_run_what_is_run():
    tested = locked("requirements-dev.lock")

    assert {n: tested.get(n) for n in locked("requirements.lock")} == locked("requirements.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_place_and_trusts_none(lock):
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")
