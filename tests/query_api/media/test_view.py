"""When a query process looks at its tables, and what its as-of promises."""

from datetime import datetime, timedelta
from pathlib import Path

from query_api.media.usage import UsageMinutes
from query_api.media.view import AS_OF_SECONDS, MediaKeeper
from schemas.media.usage import MEDIA_USAGE
from sinks.files import TableFiles
from sinks.location import Location
from sinks.media.settle import SettleTables
from tests.kit.media_sessions import NOON, append, session, settle_tables


class Looking:
    """A keeper over real tables; its clock, and whether the tables have moved, are told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0
        self.moved = True
        self.told = 0
        self.committed_while_told = False
        settle_tables(folder)
        location = Location(str(folder))
        usage = UsageMinutes(TableFiles.reading(location, MEDIA_USAGE))
        tables = SettleTables.reading(location)
        self.keeper = MediaKeeper(tables, usage, self.as_of, lambda: self.moved, lambda: self.seconds)

    def as_of(self) -> datetime:
        self.told += 1
        if self.committed_while_told:
            append(self.folder, session("s"))
            self.moved = True
        return NOON + timedelta(seconds=self.told)


def test_while_no_table_moves_as_of_is_read_once_a_second(tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    looking.keeper.refresh()
    looking.moved = False
    looking.seconds += AS_OF_SECONDS
    looking.told = 0
    first = looking.keeper.refresh()
    assert looking.keeper.refresh() is first
    looking.seconds += AS_OF_SECONDS
    later = looking.keeper.refresh()
    assert (first.as_of, later.as_of) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))
    assert later.tail is first.tail


def test_right_after_a_table_moved_as_of_is_read_at_every_look(tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    views = [looking.keeper.refresh()]
    looking.moved = False
    for _ in range(3):
        looking.seconds += AS_OF_SECONDS / 4
        views.append(looking.keeper.refresh())
    assert [view.as_of for view in views] == [NOON + timedelta(seconds=told) for told in (1, 2, 3, 4)]
    assert all(view.tail is views[0].tail for view in views)


def test_what_is_committed_while_as_of_is_read_is_in_the_view(tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    assert looking.keeper.refresh().tail.states.is_empty()
    looking.moved, looking.committed_while_told = False, True
    looking.seconds += AS_OF_SECONDS
    assert looking.keeper.refresh().tail.states.height == 1


def test_tables_that_may_have_moved_and_have_not_cost_a_look_at_their_versions(tmp_path: Path) -> None:
    looking = Looking(tmp_path)
    append(tmp_path, session("s"))
    first = looking.keeper.refresh()
    again = looking.keeper.refresh()
    assert first.tail.states.height == 1
    assert again.tail is first.tail
    assert again.usage is first.usage
