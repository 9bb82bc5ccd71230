"""What a stream declares in a room is found by its name."""

from importlib import invalidate_caches
from pathlib import Path

import pytest

from schemas.shared.discovery import declared_in
from sinks.capture.options import CaptureOptions
from sinks.game.options import GameOptions
from sinks.media.options import SettleOptions
from sinks.pose.options import PoseOptions
from sinks.settling import settlings

MODULES = ("media", "alone", "broken", "other")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A room with a package of media and a file of alone; the other streams have nothing."""
    # imported modules stay: every test has a room of its own
    folder = tmp_path / f"room_of_{tmp_path.name}"
    (folder / "media").mkdir(parents=True)
    files = {
        "__init__": "",
        "media/__init__": "SETTLING = 1",
        "media/options": "OPTIONS = 2",
        "alone": "SETTLING = 3",
        "machinery": "SETTLING = 4",
    }
    for name, code in files.items():
        (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("schemas.shared.discovery.modules", lambda: dict.fromkeys(MODULES))
    return folder.name


def test_a_stream_that_settles_is_found_and_no_other() -> None:
    found = {stream: settling.options for stream, settling in settlings().items()}
    assert found == {"capture": CaptureOptions, "game": GameOptions, "media": SettleOptions, "pose": PoseOptions}


def test_files_and_packages_named_like_a_stream_are_asked_and_nothing_else(room: str) -> None:
    assert declared_in(room, "SETTLING") == {"media": 1, "alone": 3}
    assert declared_in(room, "OPTIONS") == {}


def test_a_part_is_asked_where_the_stream_has_it(room: str) -> None:
    assert declared_in(room, "OPTIONS", "options") == {"media": 2}


def test_a_module_that_cannot_be_imported_is_no_module_that_is_not_there(room: str, tmp_path: Path) -> None:
    (tmp_path / room / "broken.py").write_text("import what_nobody_has")
    invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match="what_nobody_has"):
        declared_in(room, "SETTLING")
