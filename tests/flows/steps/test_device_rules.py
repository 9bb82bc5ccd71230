"""The rules of devices are compiled by the first process and read by those that come."""

from pathlib import Path
from typing import Any

import pytest
from device_detector import lazy_regex
from device_detector.lazy_regex import RegexLazyIgnore

from flows.steps.device_rules import kept_rules

PATTERN = r"(?:galaxy|sm)-(\w+)[äö]?"
OTHER = r"pixel (\d+)"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every pattern that is compiled from now on."""
    patterns: list[str] = []
    compiler = lazy_regex.regex

    class Noting:
        @staticmethod
        def compile(pattern: str, flags: int) -> Any:
            patterns.append(pattern)
            return compiler.compile(pattern, flags)

    monkeypatch.setattr(lazy_regex, "regex", Noting)
    return patterns


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.pickle"


def model(pattern: str, text: str) -> str | None:
    """What a rule that has just been made finds."""
    found = RegexLazyIgnore(pattern).search(text)
    return None if found is None else str(found[1])


def test_what_one_process_compiled_the_next_one_reads(compiled: list[str], file: Path) -> None:
    for _ in range(2):
        with kept_rules(file):
            assert model(PATTERN, "Galaxy-S24Ä") == "S24Ä"
            assert model(PATTERN, "nothing") is None
    assert compiled == [PATTERN]


def test_rules_that_are_not_kept_yet_are_added(compiled: list[str], file: Path) -> None:
    for patterns in ([PATTERN], [OTHER], [PATTERN, OTHER]):
        with kept_rules(file):
            for pattern in patterns:
                model(pattern, "Pixel 9")
    assert compiled == [PATTERN, OTHER]


def test_half_a_file_is_none(compiled: list[str], file: Path) -> None:
    with kept_rules(file):
        model(PATTERN, "")
    whole = file.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with kept_rules(file):
            assert model(PATTERN, "sm-x700") == "x700"
        assert file.read_bytes() == whole
    assert compiled == [PATTERN] * 5


def test_where_nothing_can_be_written_the_rules_are_compiled(compiled: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        with kept_rules(tmp_path / "nowhere" / "rules.pickle"):
            assert model(OTHER, "Pixel 9") == "9"
    assert compiled == [OTHER, OTHER]
    assert not list(tmp_path.iterdir())


def test_after_the_block_rules_are_compiled_as_ever(compiled: list[str], file: Path) -> None:
    with kept_rules(file):
        model(PATTERN, "")
    model(PATTERN, "")
    assert compiled == [PATTERN] * 2
