"""Consent through all of it: over HTTP, on both logs, before, between, after and backdated, while processes die.

In the end the tables have exactly what was allowed at its time by the plain reference, the sums count the rest, and
derived tables say what these rows come to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import polars as pl
import pytest

from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.media.sessions import MEDIA_SESSION_STATES, SESSION_KEY
from schemas.pose.windows import POSE_WINDOWS
from schemas.shared.stream import streams
from schemas.shared.times import microseconds, text
from sinks.media.whole import newest
from tests.kit.pose_rows import body, frame
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site, event
from tests.reference.consent import Said, level
from tests.reference.media.fold import Event, fold
from web.development import issue_development_token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STAMPED = 2
HOUR = timedelta(hours=1)
PEOPLE = ("zoe", "ann", "yan", "eve")
NEEDED = {"media": 2, "analytics": 2, "pose": 2, "errors": 1}
"""The level of each stream, as the contract has it."""
NAMED_BY = {"pose": ("session_id", "frame_number")}
"""What tells a stream's rows apart, where it is not the event id."""


@dataclass(frozen=True)
class Did:
    """What was accepted of whom: of a stream, and when it happened."""

    stream: str
    person: str
    at: datetime


class World:
    """What people did and said, as the server answered it."""

    def __init__(self, site: Site, installation: Installation) -> None:
        self.site = site
        self.installation = installation
        self.did: dict[tuple[object, ...], Did] = {}

    def client(self, person: str, role: str = "user") -> httpx.Client:
        secrets = self.site.data / "secrets"
        token = issue_development_token(secrets, person, ORGANISATION, role, STAMPED, HOUR)
        base = f"http://127.0.0.1:{self.site.port}"
        return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def play(self, person: str, at: datetime) -> int:
        """The status of an event's answer; one that was accepted is kept in mind."""
        body = event(timestamp=text(microseconds(at)), session_id=f"of-{person}")
        return self._post(person, "/v1/media/events", body, {(body["event_id"],): Did("media", person, _seconds(at))})

    def do_all(self, person: str, at: datetime) -> None:
        """An event of every stream: one that is viewed, one tracked, one reported, and two frames an hour apart."""
        assert self.play(person, at) == 202
        viewed, reported, now = uuid4(), uuid4(), datetime.now(UTC)
        tracked = {"event_name": "page.view", "event_id": str(viewed), "timestamp": text(microseconds(at))}
        error = {"error_type": "video_error", "event_id": str(reported)}
        frames = [frame(1, elapsed_ms=0), frame(2, elapsed_ms=3_600_000)]
        filmed: Mapping[tuple[object, ...], Did] = {
            (f"of-{person}", 1): Did("pose", person, now - HOUR),
            (f"of-{person}", 2): Did("pose", person, now),
        }
        requests: Sequence[tuple[str, Mapping[str, Any], Mapping[tuple[object, ...], Did]]] = (
            ("/v1/analytics/track", tracked, {(str(viewed),): Did("analytics", person, _seconds(at))}),
            ("/v1/errors/report", error, {(str(reported),): Did("errors", person, now)}),
            ("/v1/pose/frames", body(frames, f"of-{person}"), filmed),
        )
        for path, sent, did in requests:
            assert self._post(person, path, sent, did) == 202

    def _post(self, person: str, path: str, sent: Mapping[str, Any], did: Mapping[tuple[object, ...], Did]) -> int:
        with self.client(person) as client:
            status = client.post(path, json=sent).status_code
        self.did |= did if status == 202 else {}
        return status

    def say(self, person: str, allowed: int, since: datetime | None = None) -> None:
        """The person, or of them the system, since a time."""
        body: dict[str, Any] = {"level": allowed}
        if since is not None:
            body |= {"user_id": person, "effective_at": since.isoformat()}
        with self.client(*((person,) if since is None else ("crm", "system"))) as client:
            answer = client.post("/v1/consent", json=body, headers={"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 202, answer.text

    def records(self) -> list[Said]:
        """As people are shown them."""
        found = []
        for person in PEOPLE:
            with self.client(person) as client:
                listed = client.get("/v1/consent").json()["records"]
            for number, each in enumerate(reversed(listed)):
                found.append(Said(person, each["level"], datetime.fromisoformat(each["effective_at"]), number))
        return found

    def allowed(self) -> dict[str, set[tuple[object, ...]]]:
        """By stream, event by event, by the reference."""
        said = self.records()
        found: dict[str, set[tuple[object, ...]]] = {stream: set() for stream in NEEDED}
        for named, did in self.did.items():
            if level(did.person, did.at, STAMPED, said) >= NEEDED[did.stream]:
                found[did.stream].add(named)
        return found

    def stored(self) -> dict[str, set[tuple[object, ...]]]:
        """By stream what its table has."""
        return {stream: self._stored(stream) for stream in NEEDED}

    def _stored(self, stream: str) -> set[tuple[object, ...]]:
        rows = self.installation.tables.rows(streams()[stream].primary).collect()
        named = rows.select(NAMED_BY.get(stream, ("event_id",))).rows()
        assert len(named) == len(set(named)), "each is there once"
        return set(named)

    def totals(self) -> dict[str, Balance]:
        return {stream: balance(self.installation, position(self.installation, stream)) for stream in NEEDED}

    def sessions(self) -> dict[tuple[object, ...], tuple[object, ...]]:
        """The newest states: what the flow says of each media session."""
        states = newest(self.installation.tables.rows(MEDIA_SESSION_STATES)).collect()
        return {row[:4]: row[4:] for row in states.select(*SESSION_KEY, *FOLDED).iter_rows()}

    def folded(self) -> dict[tuple[object, ...], tuple[object, ...]]:
        """The same as the reference has it, of the rows that are stored."""
        rows = self.installation.tables.rows(streams()["media"].primary).collect()
        found = fold([_as_the_reference(row) for row in rows.iter_rows(named=True)])
        return {
            tuple(getattr(session, name) for name in SESSION_KEY): tuple(getattr(session, name) for name in FOLDED)
            for session in found
        }

    def frames(self, table: str, count: pl.Expr) -> dict[str, int]:
        """Frames by session."""
        rows = self.installation.tables.scan(table).group_by("session_id").agg(count.cast(pl.Int64)).collect()
        return dict(rows.iter_rows())

    def corrected(self) -> bool:
        """Whether the tables were looked through for every record."""
        return self.installation.control.consent.uncorrected() == []


POSE_FRAMES = ("pose_frames", pl.len())
FOLDED = ("events", "watch_time_seconds", "max_position_seconds", "completion_percent", "errors")


def _seconds(at: datetime) -> datetime:
    """As the times that clients here send have it."""
    return at.replace(microsecond=0)


def _as_the_reference(row: Mapping[str, Any]) -> Event:
    times = {name: microseconds(row[name]) for name in ("occurred_at", "received_at")}
    data = {"position_seconds": row["position_seconds"]}
    return {**row, **times, "event": row["event_type"], "data": data}


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    settings: Mapping[str, object] = {"epoch_seconds": 0.2, "partitions": 4}
    if request.param == "kafka":
        settings = {**settings, "log_url": f"{request.getfixturevalue('kafka').url}?topic_prefix={uuid4().hex}."}
    site = Site(tmp_path / "data", **settings)
    with site.installation() as installation:
        yield World(site, installation)


def test_the_tables_have_what_was_allowed_when_it_happened_and_the_sums_the_rest(world: World) -> None:
    site, now = world.site, datetime.now(UTC)
    with site.role("web") as web:
        waiting(lambda: world.play("zoe", now - timedelta(seconds=5)) == 202)
        for person in PEOPLE:
            world.do_all(person, now - timedelta(seconds=5))
        assert world.play("zoe", now + HOUR) == 202, "her clock is ahead"
        world.say("zoe", 0)
        assert world.play("zoe", now) == 403
        world.say("ann", 1, since=now - HOUR / 2)
        web.kill()
    with site.role("web"):
        assert world.play("zoe", now) == 403, "control has it"
        with (
            site.role("flow media --split 0/2"),
            site.role("flow media --split 1/2") as split,
            site.role("flows analytics errors pose") as others,
        ):
            # who came before is stored, whose consent came before the flows is not
            waiting(lambda: world.stored() == world.allowed())
            split.kill()
            others.kill()
        for person in ("yan", "eve"):
            assert world.play(person, now) == 202
        world.say("yan", 0, since=now - 2 * HOUR)
        with site.role("flows media analytics errors pose consent"), site.role("worker"):
            waiting(world.corrected)
            waiting(lambda: world.stored() == world.allowed())
            # her session is open in the flow; a part of it is taken out, and then it goes on
            world.say("eve", 0, since=now - timedelta(seconds=2))
            waiting(world.corrected)
            waiting(lambda: world.sessions() == world.folded())
            world.say("eve", 2)
            assert world.play("eve", datetime.now(UTC) + timedelta(seconds=3)) == 202
            waiting(lambda: all(total.in_flight == 0 for total in world.totals().values()))
            allowed, totals = world.allowed(), world.totals()
            assert world.stored() == allowed
    for stream, total in totals.items():
        accepted = sum(did.stream == stream for did in world.did.values())
        kept_out = accepted - len(allowed[stream])
        assert kept_out > 0
        assert (total.accepted, total.stored, total.balance) == (accepted, len(allowed[stream]), 0), stream
        assert total.suppressed == {"consent": kept_out}
    assert world.sessions() == world.folded()
    windows, frames = (world.frames(*each) for each in ((POSE_WINDOWS.name, pl.col("frames").sum()), POSE_FRAMES))
    assert windows == frames == {"of-zoe": 2, "of-ann": 1, "of-eve": 1}
