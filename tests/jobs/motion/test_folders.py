"""Folders beside the stores: one's own, and those that the dead have left."""

import tempfile
from pathlib import Path

import pytest

from jobs.motion.folders import PREFIX, own_folder


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_block_whatever_is_in_it(beside: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _broken_off()
    assert list(beside.iterdir()) == []


def _broken_off() -> None:
    with own_folder() as folder:
        (folder / "analyzed.mp4").write_bytes(b"film")
        raise ZeroDivisionError


def test_what_the_dead_have_left_goes_and_what_the_living_have_stays(beside: Path) -> None:
    dead, others = beside / f"{PREFIX}dead", beside / "others"
    for folder in (dead, others):
        folder.mkdir()
        (folder / "analyzed.mp4").write_bytes(b"film")
    with own_folder() as one, own_folder() as another:
        assert set(beside.iterdir()) == {one, another, others}
    assert list(beside.iterdir()) == [others]
