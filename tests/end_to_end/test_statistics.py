"""Real HTTP in, real tables, real HTTP out: every statistic equals the event-by-event reference."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from control.organisations import subject_of
from kinelake.balance import balance, position
from kinelake.example.geo import write_geo_database
from kinelake.example.load import Load, Pace
from kinelake.example.media.traffic import MediaTraffic, Traffic
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import ClientEvent, examples
from kinelake.installation import opened
from schemas.shared.times import microseconds
from tests.kit.forked import ran
from tests.kit.long import LONG
from tests.kit.odd_players import odd
from tests.kit.plain_http import PlainTransport
from tests.kit.running import Up, up, waiting
from tests.reference.accepted import accepted
from tests.reference.media import fold as reference
from tests.reference.media.answers import EXACT_SESSIONS, GROUPS, STATUSES, bandwidth_stats, qoe, sessions_stats
from tests.reference.media.session import Session
from tests.reference.media.usage import usage
from web.development import issue_development_token

DEVICES: Mapping[str, tuple[str, str | None]] = {
    "iPhone": ("mobile", "Mobile Safari"),
    "Pixel": ("mobile", "Chrome Mobile"),
    "SM-X700": ("tablet", "Chrome"),
    "iPad": ("tablet", "Mobile Safari"),
    "rv:127.0": ("desktop", "Firefox"),
    "Macintosh": ("desktop", "Safari"),
    "SMART-TV": ("tv", "Samsung Internet"),
    "Windows": ("desktop", "Chrome"),
    "ExamplePlayer": ("other", None),
}


def device_of(user_agent: str) -> tuple[str | None, str | None]:
    return next(device for mark, device in DEVICES.items() if mark in user_agent)


def traffic(sessions: int) -> list[ClientEvent]:
    """Three days that ended hours ago, with repeats, late and shuffled events, of players of which most are odd."""
    span = timedelta(days=3)
    start = datetime.now(UTC) - timedelta(hours=8) - span
    made = Traffic(seed=sessions, sessions=sessions, start=microseconds(start), span=span // timedelta(microseconds=1))
    return odd(MediaTraffic(made).client_events(), seed=sessions)


async def play(events: list[ClientEvent], service: Up) -> None:
    @cache
    def token(person: str) -> str:
        return issue_development_token(service.data / "secrets", person, ORGANISATION, "user", 2, timedelta(hours=1))

    async with httpx.AsyncClient(base_url=service.url, transport=PlainTransport()) as client:
        pace = Pace(batch=200, at_once=8)
        played = await Load(examples()["media"], client, token, lambda: datetime.now(UTC), pace).play(events)
    assert played.rejected == 0
    assert played.accepted == len(events)


def folded(events: list[ClientEvent], service: Up) -> list[Session]:
    with opened(data=service.data) as installation:
        organisation = installation.control.organisations.get(ORGANISATION)
    assert organisation is not None
    rows = accepted(events, ORGANISATION, lambda name: subject_of(organisation.key, name), device_of)
    return reference.fold(rows)


class Asked:
    """The service's answers as a specialist sees them."""

    def __init__(self, service: Up) -> None:
        token = issue_development_token(
            service.data / "secrets", "analyst", ORGANISATION, "specialist", 2, timedelta(hours=1)
        )
        self._client = httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def __enter__(self) -> "Asked":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **query: str) -> Mapping[str, Any]:
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        body: Mapping[str, Any] = answer.json()
        return body

    def total(self) -> int:
        return int(self.get("/v1/media/sessions/stats", period="7d")["total_sessions"])


def now() -> int:
    return microseconds(datetime.now(UTC))


def expect_all(asked: Asked, sessions: list[Session]) -> None:
    for period in ("24h", "7d", "30d"):
        for wanted in (None, *STATUSES):
            query = {"period": period} | ({"status": wanted} if wanted else {})
            expect(asked, "sessions/stats", query, partial(_sessions_stats, sessions, period, wanted))
        for group in GROUPS:
            query = {"period": period, "group_by": group}
            expect(asked, "bandwidth/stats", query, partial(bandwidth_stats, sessions, period, group))
            expect(asked, "qoe", query, partial(qoe, sessions, period, group))
    media_id = sessions[0].media_id
    of_one = partial(_bandwidth_of_one, sessions, media_id)
    expect(asked, "bandwidth/stats", {"period": "7d", "media_id": media_id}, of_one)
    expect(asked, "usage", {"period": "7d", "interval": "1h"}, partial(usage, sessions, "7d", "1h"))


def _sessions_stats(sessions: list[Session], period: str, wanted: str | None, at: int) -> Mapping[str, Any]:
    return sessions_stats(sessions, period, at, wanted)


def _bandwidth_of_one(sessions: list[Session], media_id: str, at: int) -> Mapping[str, Any]:
    return bandwidth_stats(sessions, "7d", "country_code", at, media_id)


def expect(asked: Asked, answer: str, query: Mapping[str, str], reference_at: Callable[[int], Any]) -> None:
    """The answer is the reference's as of before or after it: a session may leave the period while it is asked."""
    before = now()
    found = asked.get(f"/v1/media/{answer}", **query)
    after = now()
    try:
        _agree(found, reference_at(before))
    except AssertionError:
        _agree(found, reference_at(after))


def _agree(found: Any, expected: Mapping[str, Any]) -> None:
    agree(found, expected, expected.get("total_sessions", 0))


def agree(found: Any, expected: Any, sessions: int = 0, place: str = "") -> None:
    """The same keys in the same order, counts exact, means to 1e-9, percentiles as the spec says."""
    if isinstance(expected, Mapping):
        assert list(found) == list(expected), place
        for key in expected:
            agree(found[key], expected[key], sessions, f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), (place, found, expected)
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            agree(one, other, sessions, f"{place}[{number}]")
    elif isinstance(expected, float) or ".performance." in place:
        sketched = sessions > EXACT_SESSIONS and ".performance." in place
        assert found == pytest.approx(expected, rel=0.01 if sketched else 1e-9, abs=1e-9), place
    else:
        assert found == expected, place


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sessions", [1_000, pytest.param(5_000, marks=LONG)])
def test_every_statistic_over_http_equals_the_reference(sessions: int, tmp_path: Path) -> None:
    geo = write_geo_database(tmp_path / "example.mmdb")
    events = traffic(sessions)
    with up(tmp_path / "data", environment={"KINELAKE_GEO_DATABASE": str(geo)}) as service:
        service.says("Ask for statistics")
        asyncio.run(play(events, service))
        expected = folded(events, service)
        with Asked(service) as asked:
            waiting(lambda: asked.total() == len(expected))
            waiting(lambda: _caught_up(service))
            expect_all(asked, expected)
            settled(service)
            expect_all(asked, expected)
        assert service.stop() == 0


def _caught_up(service: Up) -> bool:
    with opened(data=service.data) as installation:
        return balance(installation, position(installation, "media")).in_flight == 0


def settled(service: Up) -> None:
    """Settle now; sessions that were quiet for long go to their settled rows."""
    done = ran("settle", "--data", service.data)
    assert done.returncode == 0, done.stderr
