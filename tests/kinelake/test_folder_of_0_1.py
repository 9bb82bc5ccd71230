"""Folders that version 0.1 made: one whose log is drained goes on, one whose log is not is refused with the way out."""

import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

import kinelake
from sinks.table import PROPERTIES
from tests.kit.running import PATIENCE, waiting
from tests.kit.site import Apart, Site, event

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MADE = Path(__file__).with_name("made_by_0_1")
LAST_OF_REOPENED = datetime(2026, 11, 27, 14, 7, 34, tzinfo=UTC)
OLD_IDS = {f"00000000-0000-4000-8000-{number:012}" for number in (1, 2, 3, 5, 6, 7, 8)}
# What is old stays, however much later the test runs.
SETTINGS = {
    "partitions": 2,
    "settle_every_seconds": 1,
    "settle_received_minutes": 0,
    "retention_every_hours": 1_000_000,
    "event_max_age_days": 36_500,
}
WRITERS = (
    "up",
    "web",
    "gateway",
    "flow media",
    "flows",
    "worker",
    "settle",
    "compact",
    "vacuum",
    "example --straight --rate 1",
)


def unpacked(name: str, folder: Path, kind: type[Site] = Site) -> Site:
    """An installation over the folder, as 0.1 left it; Apart where it is `up` that runs."""
    with tarfile.open(MADE / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return kind(folder / name, **SETTINGS)


def said(site: Site, command: str) -> Any:
    """What a command prints as JSON."""
    done = site.ran(f"{command} --json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def sessions(site: Site) -> Mapping[str, int]:
    """Settled sessions and how many events each has."""
    return dict(site.rows("media_sessions").select("session_id", "events").iter_rows())


def versions(site: Site) -> dict[str, int]:
    return {folder.name: DeltaTable(folder).version() for folder in sorted((site.data / "tables").iterdir())}


def test_a_drained_folder_is_shown_before_anything_was_started_on_it(tmp_path: Path) -> None:
    site = unpacked("drained", tmp_path)
    rows = {table["name"]: table["rows"] for table in said(site, "tables")}
    assert (rows["media_events"], rows["media_sessions"], rows["media_session_states"]) == (7, 2, 1)
    (found,) = (each for each in said(site, "status")["sums"] if each["stream"] == "media")
    assert {name: found[name] for name in ("accepted", "stored", "duplicate", "dead_lettered", "balance")} == {
        "accepted": 9,
        "stored": 7,
        "duplicate": 1,
        "dead_lettered": 1,
        "balance": 0,
    }
    events = kinelake.open("media_events", site.data).select("event_id", "log_item").collect()
    assert set(events["event_id"]) == OLD_IDS
    assert events["log_item"].null_count() == len(OLD_IDS)


def test_a_drained_folder_goes_on(tmp_path: Path) -> None:
    site = unpacked("drained", tmp_path, Apart)
    afterwards = LAST_OF_REOPENED + timedelta(seconds=20)
    late = event(session_id="reopened", media_id="knee", timestamp=afterwards.isoformat())
    now = event(session_id="new", media_id="knee")
    with site.role("up"):
        waiting(lambda: site.get("/health/ready") == 200)
        waiting(lambda: sessions(site) == {"yesterday": 3, "reopened": 2, "open": 2})
        for each in (late, now):
            assert site.post(each).status_code == 202
        waiting(lambda: sessions(site) == {"yesterday": 3, "reopened": 3, "open": 2})
        # each of them lies in a partition of its own, and a batch may have one without the other
        waiting(lambda: site.rows().height >= len(OLD_IDS) + 2)
        rows = site.rows()
        assert sorted(rows["event_id"]) == sorted(OLD_IDS | {late["event_id"], now["event_id"]})
        assert rows.filter(pl.col("log_item").is_not_null())["event_id"].sort().to_list() == sorted(
            (late["event_id"], now["event_id"])
        )
        with site.client("specialist") as client:
            listed = client.get("/v1/media/sessions/reopened").json()
            assert len(listed["events"]) == 3
        waiting(lambda: taken_over(site))
    site.caught_up()
    assert site.sum().accepted == 11


def taken_over(site: Site) -> bool:
    """Whether every table has the properties by which its log is pruned."""
    tables = [DeltaTable(folder) for folder in (site.data / "tables").iterdir()]
    return all(PROPERTIES.items() <= table.metadata().configuration.items() for table in tables)


@pytest.mark.parametrize("command", WRITERS)
def test_a_folder_that_is_not_drained_is_refused_with_the_way_out(command: str, tmp_path: Path) -> None:
    site = unpacked("undrained", tmp_path, Apart if command == "up" else Site)
    before, accepted = versions(site), site.sum().in_flight
    assert accepted == 3
    # `up` ends its other roles in order before it ends
    refusal = site.refused(command, seconds=PATIENCE)
    assert "the log of media holds 3 messages that version 0.1 accepted" in refusal
    assert "run version 0.1 until its `kinelake status` says a lag of 0" in refusal
    assert site.sum().in_flight == 3
    assert site.rows().height == 7
    assert versions(site) == before


def test_dead_letters_of_0_1_are_not_sent_onto_its_log(tmp_path: Path) -> None:
    site = unpacked("undrained", tmp_path)
    assert said(site, "replay") == {"sent": 0, "before": 0, "kept": 1}
    assert site.sum().in_flight == 3
