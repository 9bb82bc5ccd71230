"""What is kept of clicks equals a plain count: whatever came and went since it was counted, and however places tie."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.capture import clicks
from query_api.capture import kept as kept_clicks
from query_api.capture.clicks import EVER, Group, Selection, Tally
from query_api.capture.kept import KeptClicks, Project
from query_api.capture.places import NOWHERE, Counts, added, combined, coordinates, most_clicked, place_of
from query_api.capture.question import Question, Shown
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.location import Location
from tests.kit.capture_tables import OTHER_PROJECT, PROJECT, TENANT, CaptureTables
from tests.kit.media_sessions import NOON
from tests.query_api.capture.drawn import session_id
from tests.reference.capture.session import Event, Session

Plain = Mapping[tuple[int, int], int]
SMALL = st.integers(-3, 3)
LARGE = st.sampled_from((-1_000_000, -1, 0, 1_000_000))
POINTS = st.dictionaries(st.tuples(SMALL | LARGE, SMALL | LARGE), st.integers(1, 4) | st.just(2**40), max_size=8)


def counts_of(plain: Plain) -> Counts:
    x, y = (np.array([point[axis] for point in plain], np.int64) for axis in (0, 1))
    return Counts(place_of(x, y), np.array(list(plain.values()), np.int64))


def group_of(name: int, plain: Plain) -> Group:
    x, y = ([point[axis] for point in plain] for axis in (0, 1))
    columns = {"x": x, "y": y, "clicks": list(plain.values()), "target": ["a"] * len(x), "hour": [NOON] * len(x)}
    schema = {name: CAPTURE_CLICK_CELLS.schema[name] for name in columns}
    return Group.of([str(name)], pl.DataFrame(columns, schema))


def told(shown: Shown) -> list[tuple[int, int, int]]:
    x, y = coordinates(shown.points.places)
    return list(zip(x.tolist(), y.tolist(), shown.points.clicks.tolist(), strict=True))


def expected(plain: Plain, min_count: int, limit: int) -> tuple[list[tuple[int, int, int]], bool]:
    enough = [(x, y, count) for (x, y), count in plain.items() if count >= min_count]
    return sorted(enough, key=lambda each: (-each[2], each[0], each[1]))[:limit], len(enough) > limit


@given(st.lists(POINTS, max_size=3), POINTS)
def test_counts_are_added_up(several: list[Plain], more: Plain) -> None:
    total: Counter[tuple[int, int]] = Counter()
    for each in (*several, more):
        total.update(each)
    base = added(*(counts_of(each) for each in several))
    assert list(base.places) == sorted(base.places)
    for found in (added(base, counts_of(more)), combined(base, added(counts_of(more)))):
        assert told(Shown(most_clicked(found, 10_000), False)) == expected(total, 1, 10_000)[0]
    gone = added(counts_of(more), *(Counts(each.places, -each.clicks) for each in (counts_of(more),)))
    assert gone.places.size == 0


@given(
    st.lists(POINTS, min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
    st.sets(st.integers(0, 4)),
    POINTS,
    st.integers(1, 4),
    st.integers(1, 6),
)
def test_a_tally_is_right_whatever_came_and_went(
    parts: list[Plain], before: set[int], after: set[int], besides: Plain, min_count: int, limit: int
) -> None:
    groups = [group_of(number, plain) for number, plain in enumerate(parts)]
    now = frozenset(group for number, group in enumerate(groups) if number in after)
    total: Counter[tuple[int, int]] = Counter(besides)
    for number in after & set(range(len(parts))):
        total.update(parts[number])
    with patch.object(clicks, "TOP", 4):
        tally = Tally.counted(Selection(), frozenset(groups[number] for number in before if number < len(groups)))
        for newest in (tally, tally.renewed(now)):
            shown = newest.shown(now, counts_of(besides), min_count, limit)
            assert (told(shown), shown.truncated) == expected(total, min_count, limit)


def clicked(location: Location, project: str, number: int, count: int) -> None:
    moments = [Event("click", 60_000 * each, each, number) for each in range(count)]
    CaptureTables(location, project).events(Session(session_id(number), "ann", NOON, events=moments))


def shown(kept: KeptClicks, project: str, **selected: object) -> int:
    found = kept.shown(Project(TENANT, project), Selection(**selected), NOWHERE, Question())  # type: ignore[arg-type]
    return int(found.points.clicks.sum())


def test_projects_make_room_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = Location(str(tmp_path))
    kept = KeptClicks(location, most_bytes=2_000)
    clicked(location, PROJECT, 1, 40)
    clicked(location, OTHER_PROJECT, 2, 30)
    for _ in range(2):
        assert (shown(kept, PROJECT), shown(kept, OTHER_PROJECT)) == (40, 30)
        # 40 cells and as many places take 1,760 bytes: one project has room at a time
        assert list(kept._projects) == [Project(TENANT, OTHER_PROJECT)]


def test_what_questions_came_to_is_kept_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = Location(str(tmp_path))
    kept = KeptClicks(location)
    clicked(location, PROJECT, 1, 40)
    for most_bytes, left in ((2**20, kept_clicks.MOST_TALLIES), (1_300, 2), (1, 1)):
        monkeypatch.setattr(kept_clicks, "MOST_TALLY_BYTES", most_bytes)
        for hour in range(20):
            assert shown(kept, PROJECT, hours=clicks.Hours(hour, None)) == 40
        assert len(kept._projects[Project(TENANT, PROJECT)].tallies) == left


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = Location(str(tmp_path))
    kept = KeptClicks(location)
    read: list[int] = []
    group_of = Group.of

    def counting(paths: Collection[str], cells: pl.DataFrame) -> Group:
        read.append(len(paths))
        return group_of(paths, cells)

    monkeypatch.setattr(Group, "of", counting)
    for number in range(3):
        clicked(location, PROJECT, number, 5)
        assert shown(kept, PROJECT) == 5 * (number + 1)
        assert shown(kept, PROJECT, hours=EVER, bucket=7) == 5 * (number + 1)
    assert read == [1, 1, 1]


def test_an_hour_is_found_in_a_group(tmp_path: Path) -> None:
    location = Location(str(tmp_path))
    kept = KeptClicks(location)
    clicked(location, PROJECT, 1, 125)
    noon = clicks.hour_of(NOON)
    assert shown(kept, PROJECT, hours=clicks.Hours(noon + 1, noon + 2)) == 60
    assert shown(kept, PROJECT, hours=clicks.Hours(noon + 2, None)) == 5
    assert shown(kept, PROJECT, hours=clicks.Hours(None, noon + 1)) == 60
    assert clicks.hour_of(NOON + timedelta(minutes=59)) == noon
