"""`kinelake.open` as an analyst's session uses it, beside what else is set and installed there."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import kinelake
from kinelake.faults import UnknownSettingWarning
from kinelake.installation import Installation
from schemas.media.events import STREAM
from tests.kit.lake import AT, commit, event, rows


@pytest.fixture
def events(installation: Installation) -> Path:
    """The data folder of an installation with one event."""
    commit(installation, {STREAM.primary.name: rows(STREAM.primary, event(0))}, 1, 1)
    return installation.settings.data


def test_an_unknown_variable_is_a_warning_where_the_table_is_opened(
    events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINELAKE_PROT", "1")
    with pytest.warns(
        UnknownSettingWarning, match="KINELAKE_PROT, which is no setting; did you mean KINELAKE_PORT"
    ) as w:
        frame = kinelake.open("media_events", events)
    assert [warning.filename for warning in w] == [__file__]
    assert frame.collect().height == 1


def test_so_is_an_unknown_key_of_the_settings_file(events: Path) -> None:
    Path("kinelake.toml").write_text(f"data = '{events}'\nprot = 1\n")
    with pytest.warns(UnknownSettingWarning, match=r"kinelake\.toml has prot") as warnings:
        assert kinelake.open("media_events").collect().height == 1
    assert [warning.filename for warning in warnings] == [__file__]


def test_duckdb_fetches_times_of_a_table(events: Path) -> None:
    opened = kinelake.open("media_events", events).collect()
    ((at,),) = duckdb.execute("SELECT occurred_at FROM opened").fetchall()
    assert (at, at.utcoffset() is not None) == (AT, True)
    assert opened.height == 1


def test_duckdb_says_what_time_it_is() -> None:
    before = datetime.now(UTC)
    ((now,),) = duckdb.execute("SELECT now()").fetchall()
    assert abs((now - before).total_seconds()) < 60
