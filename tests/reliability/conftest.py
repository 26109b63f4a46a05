"""Fixtures of the promises: databases that are ready to use, and a nursery of processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.support import Nursery, organisation


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "vsm.db"
    organisation(path, 12)
    return path


@pytest.fixture
def db(_small: Path, tmp_path: Path) -> Path:
    """A database of the test's own: stream ``Payments`` with twelve items in ``Ideas``."""
    return Path(shutil.copy(_small, tmp_path / "vsm.db"))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Somebody who forks processes quickly."""
    made = Nursery()
    yield made
    made.close()
