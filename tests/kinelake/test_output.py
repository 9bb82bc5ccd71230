"""What people read: times, ages, sizes, changes, and tables of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kinelake.output import ago, change, megabytes, print_table, shown

AT = datetime(2026, 2, 17, 10, 0, 1, 234567, UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (-1234, "−1,234"),
        (1234.56, "1,234.6"),
        (AT, "2026-02-17 10:00:01 UTC"),
        (AT.astimezone(timezone(timedelta(hours=2))), "2026-02-17 10:00:01 UTC"),
        ("text", "text"),
    ],
)
def test_a_cell(value: object, said: str) -> None:
    assert shown(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (-3, "now"),
        (0.9, "now"),
        (1, "1 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (7_200, "2 h ago"),
        (86_400 * 1_500, "1,500 d ago"),
    ],
)
def test_an_age(seconds: float | None, said: str) -> None:
    assert ago(seconds) == said


@pytest.mark.parametrize(("by", "said"), [(512, "+512"), (-1214, "−1,214"), (0, "+0")])
def test_a_change_has_one_sign(by: int, said: str) -> None:
    assert change(by) == said


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0.0"), (1, "<0.1"), (49_999, "<0.1"), (50_000, "0.1"), (10**10, "10,000.0")]
)
def test_a_size(size: int, said: str) -> None:
    assert megabytes(size) == said


def test_numbers_stand_on_the_right_and_text_on_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a_name", "count"], [("x", 5), ("longer name", 1234), ("none", None)])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]
    assert lines == ["  a name        count", "  x                 5", "  longer name   1,234", "  none              –"]
