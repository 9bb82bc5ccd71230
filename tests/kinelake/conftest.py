"""A data folder of its own for every test, and an environment without settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinelake.installation import Installation, opened
from kinelake.settings import PREFIX


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def installation(data: Path) -> Iterator[Installation]:
    with opened(data=data) as installation:
        yield installation
