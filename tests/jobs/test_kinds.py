"""What upkeep does when a worker does it; what each does in detail is tested where it is made."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs.faults import NothingToDo, NothingYet
from jobs.kinds import KEEP_JOBS, OWN
from jobs.lake import Lake
from jobs.retention import retain
from jobs.schedule import recurring
from jobs.settle import settle, settle_all
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from sinks.delta_sink import DeltaSink
from sinks.files import TableFiles
from tests.jobs.conftest import Clock
from tests.kit.lake import AT, commit, event, rows
from tests.kit.media_sessions import NOON, session, states

Do = Callable[..., str]


def complete_until(lake: Lake, at: datetime) -> None:
    """The media flow says that everything accepted before then is in its tables."""
    partitions = range(lake.log_options.partitions)
    lake.control.watermarks.write(STREAM.name, dict.fromkeys(partitions, at), dict.fromkeys(partitions, 0))


def many_small_files(installation: Installation, number: int) -> None:
    """A row a file in media_events, and no other table."""
    sink = DeltaSink(installation.location, STREAM.tables[:1], STREAM.name, range(12), installation.settings)
    sink.open()
    for offset in range(number):
        sink.commit({STREAM.primary.name: rows(STREAM.primary, event(offset))}, {0: offset + 1}, {0: 1})


def files_of(lake: Lake) -> int:
    return TableFiles.open(lake.location, STREAM.primary).listing().height


def test_settling_is_a_job_of_every_stream_that_settles_as_often_as_the_settings_say(lake: Lake) -> None:
    found = {(each.kind, each.key): each.every for each in recurring(OWN, lake.settings)}
    assert found == {
        ("settle", "capture"): timedelta(seconds=60),
        ("settle", "game"): timedelta(seconds=60),
        ("settle", "media"): timedelta(seconds=60),
        ("settle", "pose"): timedelta(seconds=60),
        ("compact", ""): timedelta(seconds=60),
        ("prune", ""): timedelta(seconds=300),
        ("expire_log", ""): timedelta(seconds=600),
        ("retain", ""): timedelta(hours=24),
        ("vacuum", ""): timedelta(hours=6),
        ("sweep_blobs", ""): timedelta(hours=24),
        ("erase", ""): timedelta(seconds=5),
        ("purge", ""): timedelta(seconds=5),
    }


def test_settle_makes_rows_of_quiet_sessions(installation: Installation, lake: Lake, clock: Clock, do: Do) -> None:
    quiet, lately = session("quiet"), session("lately", first_event_at=100)
    commit(installation, {MEDIA_SESSION_STATES.name: states(quiet, lately)}, 2, 2)
    clock.now = NOON + timedelta(minutes=120)
    complete_until(lake, clock.now)
    assert do("settle", "media") == "finished"
    assert lake.tables.scan(MEDIA_SESSIONS.name).collect()["session_id"].to_list() == ["quiet"]
    assert lake.tables.scan(MEDIA_SESSION_STATES.name).collect()["session_id"].to_list() == ["lately"]


def test_settle_waits_for_the_flow(lake: Lake, clock: Clock, do: Do) -> None:
    assert do("settle", "media") == "finished"
    assert lake.tables.version(MEDIA_SESSIONS.name) is None
    with pytest.raises(NothingYet, match="before `kinelake flow media` ran"):
        settle(lake, "media", clock())
    assert isinstance(settle_all(lake, clock())["media"], NothingYet)


def test_settle_waits_for_every_flow_of_a_module(lake: Lake, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    complete_until(lake, clock())
    both = {"media": (STREAM, replace(STREAM, name="media_chapters"))}
    monkeypatch.setattr("jobs.settle.modules", lambda: both)
    with pytest.raises(NothingYet, match="the media_chapters flow"):
        settle(lake, "media", clock())


def test_settle_of_no_stream_is_given_up(lake: Lake, clock: Clock, do: Do) -> None:
    assert do("settle", "medai") == "failed: medai does not settle; there are capture, game, media, pose"
    with pytest.raises(NothingToDo):
        settle(lake, "medai", clock())


def test_compact_joins_the_files_of_a_table_that_has_too_many(installation: Installation, lake: Lake, do: Do) -> None:
    many_small_files(installation, 3)
    assert do("compact") == "finished"
    assert files_of(lake) == 3, "three are not too many"
    assert do("compact", compact_after_files=2) == "finished"
    assert files_of(lake) == 1
    assert lake.tables.scan(STREAM.primary.name).collect()["log_offset"].sort().to_list() == [0, 1, 2]


def test_vacuum_removes_files_that_no_recent_version_uses(
    installation: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    many_small_files(installation, 1)
    orphan = installation.folder.path / "tables" / STREAM.primary.name / "part-of-a-failed-commit.parquet"
    orphan.write_bytes(b"nobody's")
    clock.now = datetime.now(UTC)
    assert do("vacuum", vacuum_hours=0) == "finished"
    assert orphan.exists(), "it may be of a commit that is under way"
    os.utime(orphan, (0, 0))
    assert do("vacuum", vacuum_hours=0) == "finished"
    assert not orphan.exists()
    assert lake.tables.scan(STREAM.primary.name).collect().height == 1


def test_how_long_rows_are_kept_is_a_setting_of_their_table(installation: Installation) -> None:
    frames = {STREAM.primary.name: rows(STREAM.primary, event(0), event(1, AT + timedelta(days=3)))}
    commit(installation, frames, 2, 2)
    settings = load({"data": installation.settings.data, "media_events_retention_days": 2}, {}).settings
    with_setting = replace(installation.lake, settings=settings)
    assert retain(with_setting, AT + timedelta(days=3))[STREAM.primary.name] == 1
    assert retain(installation.lake, AT + timedelta(days=700))[STREAM.primary.name] == 0


def test_retain_removes_what_is_beyond_its_retention_and_jobs_of_long_ago(
    installation: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    young = AT + timedelta(days=STREAM.retention_days)
    frames = {STREAM.primary.name: rows(STREAM.primary, event(0), event(1, young))}
    commit(installation, frames, 2, 2)
    lake.control.jobs.enqueue("film", "k", {})
    old = lake.control.jobs.lease(["film"], "a", clock())
    assert old is not None
    lake.control.jobs.finish(old, clock())
    clock.now = young + timedelta(days=1)
    assert clock.now - datetime(2026, 2, 17, 10, tzinfo=UTC) > KEEP_JOBS
    assert do("retain") == "finished"
    assert lake.tables.scan(STREAM.primary.name).collect()["log_offset"].to_list() == [1]
    assert lake.control.jobs.get(old.id) is None
