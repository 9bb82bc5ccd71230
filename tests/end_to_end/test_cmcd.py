"""Films as three players reported them, doubled and in any order: over HTTP, through the flow, into the tables."""

import random
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from kinelake.balance import balance, position
from kinelake.installation import Installation
from kinelake.write_keys import create_write_key
from schemas.media.events import STREAM
from tests.kit.players import Run, read, runs
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.servers import Kafka

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AGO_MS = 3 * 3_600_000
"""Before now, so that the sessions have ended and can be settled."""
STALLED = {"hls.js": 4.13, "dash.js": 8.31, "shaka-player": 21.10}
"""Seconds as the players tell them (tests/ingest_gateway/media/test_recordings.py)."""


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    settings: dict[str, object] = {"epoch_seconds": 0.2, "partitions": 2, "settle_received_minutes": 0}
    if request.param == "kafka":
        kafka: Kafka = request.getfixturevalue("kafka")
        settings["log_url"] = f"{kafka.url}?topic_prefix=cmcd"
    return Site(tmp_path / "data", **settings)


def test_a_film_that_a_player_reported_is_a_session_of_its_length(site: Site) -> None:
    films = [_moved(run) for run in runs() if run.truth]
    bodies = [body for film in films for body in film.bodies]
    with site.installation() as installation:
        installation.control.organisations.ensure(ORGANISATION)
        made, shown = create_write_key(installation, ORGANISATION, default_consent=2)
        with site.role("web"), site.role("flow"):
            for body in random.Random(7).sample(bodies * 2, 2 * len(bodies)):
                answer = httpx.post(f"{site.url}/v1/cmcd/{shown}?duration=60", content=body, timeout=30)
                assert (answer.status_code, "X-Refused" in answer.headers) == (204, False)
            waiting(lambda: _in_flight(installation) == 0)
        found = balance(installation, position(installation, STREAM.name))
    told: dict[str, Any] = {"query": {"duration": "60"}, "received_at": int(time.time() * 1e6)}
    expected = {item.event.event_id for body in bodies for item in read(body, **told).said}
    rows = site.rows(STREAM.primary.name)
    assert (found.balance, found.stored, len(rows), rows["event_id"].n_unique()) == (0, *[len(expected)] * 3)
    assert set(rows.select("source", "ingest_key").unique().rows()) == {("cmcd", made.id)}
    assert "media flow" not in site.ran("settle").stderr
    sessions = {row["session_id"]: row for row in site.rows("media_sessions").to_dicts()}
    for film in films:
        _as_it_was(film, sessions.pop(_session_of(film)))
    assert sessions == {}


def _as_it_was(film: Run, session: dict[str, Any]) -> None:
    assert session["watch_time_seconds"] == pytest.approx(film.truth["played_seconds"], rel=0.1)
    assert session["buffering_duration_ms"] / 1000 == pytest.approx(STALLED[film.player], abs=0.01)
    assert (session["media_id"], session["source"], session["reached_end"]) == ("film-1", "cmcd", True)
    assert (session["completion_percent"], session["unique_seconds"]) == (None, None)


def _moved(run: Run) -> Run:
    """The same film, hours before now."""
    last = max(int(ts) for body in run.bodies for ts in re.findall(r"\bts=(\d+)", body))
    by = int(time.time() * 1000) - AGO_MS - last
    bodies = [re.sub(r"\bts=(\d+)", lambda found: f"ts={int(found[1]) + by}", body) for body in run.bodies]
    return Run(run.player, run.scenario, bodies, run.truth)


def _session_of(run: Run) -> str:
    (found,) = {sid for body in run.bodies for sid in re.findall(r'sid="([^"]+)"', body)}
    return str(found)


def _in_flight(installation: Installation) -> int:
    return balance(installation, position(installation, STREAM.name)).in_flight
