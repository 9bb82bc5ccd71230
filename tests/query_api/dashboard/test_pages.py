"""The pages over HTTP: whose rows they show, their filters and their order, and what clients sent as plain text."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import escape, unescape
from itertools import pairwise
from urllib.parse import quote

import httpx
import pytest

from query_api.dashboard.overview import FlowHealth
from schemas.shared.stream import Stream, streams
from sinks.media.options import SettleOptions
from sinks.media.settle import settle
from tests.kit.media_sessions import NOON, session, settle_tables
from tests.kit.media_sessions import append as append_sessions
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import HOSTILE, append, bury, dead_letter, event, signed_in

pytestmark = pytest.mark.anyio

STREAM: Stream = next(iter(streams().values()))
MEDIA = streams()["media"]
LIST = f"/dashboard/analytics?stream={STREAM.name}"


def identifiers(page: str) -> list[str]:
    """The ids of the records that a page links to, in its order."""
    return re.findall(rf"/dashboard/detail/{STREAM.name}/([0-9a-f-]+)\?", page)


def rows(site: Site, *numbers: int, **fields: object) -> None:
    append(site.folder / "tables", STREAM.primary, *(event(STREAM, number, **fields) for number in numbers))


def watched(site: Site, *sessions: Mapping[str, object]) -> None:
    """Sessions in the media tables, which are made first."""
    settle_tables(site.folder / "tables")
    append_sessions(site.folder / "tables", *sessions)


async def test_an_organisation_sees_its_own_rows_only(site: Site) -> None:
    rows(site, 1, 2)
    rows(site, 3, tenant="other", session_id="secret", subject="nobody", request_id="request")
    bury(site.folder / "tables", dead_letter(1, reason="mine"), dead_letter(2, tenant="other", reason="theirs"))
    watched(site, session("my-session"), session("their-session", tenant="other"))
    await site.caught_up(site.client())
    client = await signed_in(site)
    mine = identifiers((await client.get(LIST)).text)
    assert [number[:8] for number in mine] == ["00000002", "00000001"]
    pages = [LIST, "/dashboard", "/dashboard/media", f"/dashboard/detail/{STREAM.name}/{mine[0]}"]
    for page in pages:
        text = (await client.get(page)).text
        assert not re.search("secret|their-session|theirs|00000003", text), page
    theirs = event(STREAM, 3)["event_id"]
    for hidden in (f"/dashboard/detail/{STREAM.name}/{theirs}", "/dashboard/detail/dead_letter/media.0.2.0"):
        assert (await client.get(hidden)).status_code == 404
    assert (await client.get("/dashboard/media/session?session_id=their-session")).status_code == 404


async def test_pages_follow_each_other_without_a_gap_while_rows_arrive(site: Site) -> None:
    moments = [0, 0, 0, *range(1, 60), *range(3000, 3058)]
    for place, number in enumerate(moments):
        moments[place] = number
    every = [event(STREAM, number, event_id=f"{place:08x}-0000") for place, number in enumerate(moments)]
    append(site.folder / "tables", STREAM.primary, *every)
    client = await signed_in(site)
    expected = [row["event_id"] for row in sorted(every, key=lambda row: (row["occurred_at"], row["event_id"]))][::-1]
    seen: list[str] = []
    address: str | None = f"{LIST}&period=24h"
    while address is not None:
        page = (await client.get(address)).text
        seen += identifiers(page)
        rows(site, 3600 + len(seen))
        further = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(further[1]) if further else None
    assert seen == expected


@pytest.mark.parametrize("name", ["event_type", "session_id", "subject", "request_id", "event_id"])
async def test_a_filter_leaves_the_rows_of_its_value(site: Site, name: str) -> None:
    rows(site, 1)
    rows(site, 2, **{name: "wanted"})
    client = await signed_in(site)
    page = (await client.get(f"{LIST}&{name}=wanted")).text
    assert page.count("/dashboard/detail/") == 1
    assert 'value="wanted"' in page
    empty = (await client.get(f"{LIST}&{name}=nothing")).text
    assert "No row of the last 24 hours has these values" in empty


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=2d", "period"),
        ("after=yesterday", "after"),
        ("after=yesterday~a", "after"),
        ("after=2026-02-17T10:00:00~a", "after"),
        (f"session_id={'x' * 600}", "session_id"),
    ],
)
async def test_an_address_that_asks_for_nonsense_names_what_is_wrong(site: Site, query: str, field: str) -> None:
    client = await signed_in(site)
    answer = await client.get(f"{LIST}&{query}")
    assert answer.status_code == 400
    assert f"<strong>{field}</strong>" in answer.text


async def test_what_a_client_sent_is_never_markup(site: Site) -> None:
    rows(site, 1, session_id=HOSTILE, event_type=HOSTILE, request_id=HOSTILE, extra=f'{{"{HOSTILE}": 1}}')
    bury(site.folder / "tables", dead_letter(1, reason=HOSTILE, detail=HOSTILE, value=HOSTILE.encode()))
    hostile = {"media_id": HOSTILE, "country_code": HOSTILE, "device_type": HOSTILE}
    watched(site, session(HOSTILE, **hostile))
    await site.caught_up(site.client())
    client = await signed_in(site)
    named = quote(HOSTILE, safe="")
    addresses = (
        "/dashboard",
        LIST,
        f"{LIST}&session_id={named}",
        f"/dashboard/media?media_id={named}&period=7d",
        f"/dashboard/media/session?session_id={named}",
        f"/dashboard/detail/{STREAM.name}/{event(STREAM, 1)['event_id']}",
        "/dashboard/detail/dead_letter/media.0.1.0",
        f"/dashboard/detail/{named}/1",
        f"/dashboard/login?next={named}",
        f"/dashboard/{named}",
    )
    for address in addresses:
        page = (await client.get(address)).text
        assert "<script>" not in page, address
        assert "<img src=x" not in page, address
        assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", page), address


async def test_a_record_says_all_that_is_kept_and_why_it_was(site: Site) -> None:
    rows(site, 1, gpc=True, decision_reason="a record lowered it")
    rows(site, 2, session_id="another", request_id="request")
    rows(site, 3, request_id="another")
    client = await signed_in(site)
    wanted = event(STREAM, 1)
    for address in ("", f"?at={quote(wanted['occurred_at'].isoformat())}"):
        page = (await client.get(f"/dashboard/detail/{STREAM.name}/{wanted['event_id']}{address}")).text
        assert "Kept at level <strong>2</strong> (analytics)" in page
        assert "a record lowered it" in page
        assert "Global Privacy Control was set" in page
        assert {number[:8] for number in identifiers(page)} == {"00000002", "00000003"}
        for column in STREAM.primary.columns:
            if column.name in wanted:
                assert escape(column.description) in page.replace("&#39;", "&#x27;")


async def test_a_record_is_found_however_old_it_is_by_its_address_alone(site: Site) -> None:
    days = (0, 1, 3, 40, 700)
    for number, day in enumerate(days):
        at = NOON - timedelta(days=day)
        rows(site, number, session_id=f"of day {day}", occurred_at=at, received_at=at, received_date=at.date())
    client = await signed_in(site)
    for number, day in enumerate(days):
        page = await client.get(f"/dashboard/detail/{STREAM.name}/{event(STREAM, number)['event_id']}")
        assert page.status_code == 200, day
        assert f"of day {day}<" in page.text


async def test_a_link_says_where_its_record_stands(site: Site) -> None:
    rows(site, 1, session_id="a b/c&d")
    client = await signed_in(site)
    for page in (LIST, f"/dashboard/detail/{STREAM.name}/{event(STREAM, 1)['event_id']}"):
        rows(site, 2, session_id="a b/c&d")
        found = re.findall(r'href="(/dashboard/detail/[^"]+)"', (await client.get(page)).text)
        assert found, page
        for link in map(unescape, found):
            assert "session_id=a+b%2Fc%26d" in link
            assert (await client.get(link)).status_code == 200
            assert (await client.get(link.replace("a+b", "b"))).status_code == 404


async def test_the_home_page_says_how_all_does(site: Site) -> None:
    rows(site, 3000, 3001, 3400)
    bury(site.folder / "tables", dead_letter(3000))
    site.health = [FlowHealth(STREAM.name, 1.5, 0, 7, 0)]
    site.problems = ["flow a has ended"]
    await site.caught_up(site.client())
    client = await signed_in(site)
    page = (await client.get("/dashboard")).text
    assert "flow a has ended" in page
    assert "balances" in page
    assert "1.5 s" in page
    assert re.search(r'<td class="n">0.00</td>\s*<td class="n">3</td>', page) or "0.01" in page
    assert "/dashboard/detail/dead_letter/media.0.3000.0" in page
    assert 'aria-label="Rows a minute in the last hour"' in page


async def test_the_home_page_says_what_the_sum_leaves_over(site: Site) -> None:
    site.health = [FlowHealth(STREAM.name, None, 0, 0, 3)]
    await site.caught_up(site.client())
    client = await signed_in(site)
    page = (await client.get("/dashboard")).text
    assert "off by 3" in page
    assert "nothing yet" in page


@pytest.mark.parametrize("page", ["audit", "security"])
async def test_a_page_without_rows_says_what_to_do(site: Site, page: str) -> None:
    client = await signed_in(site)
    answer = await client.get(f"/dashboard/{page}")
    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


async def sessions_on(client: httpx.AsyncClient, query: str) -> set[str]:
    page = (await client.get(f"/dashboard/media?{query}")).text
    return set(re.findall(r"session\?session_id=([a-z0-9-]+)", page))


async def test_sessions_are_filtered_by_the_address(site: Site) -> None:
    other = {"country_code": "IT", "device_type": "tv", "media_id": "run", "end_status": "abandoned"}
    watched(site, session("one"), session("two", **other, reached_end=False))
    watched(site, session("old", first_event_at=NOON - timedelta(days=3)))
    await site.caught_up(site.client())
    client = await signed_in(site)
    assert await sessions_on(client, "") == {"one", "two"}
    assert await sessions_on(client, "period=7d") == {"one", "two", "old"}
    for query in ("country_code=IT", "device_type=tv", "media_id=run", "session_id=two", "status=abandoned"):
        assert await sessions_on(client, query) == {"two"}, query


async def sessions_of_all_pages(client: httpx.AsyncClient, period: str) -> list[str]:
    seen: list[str] = []
    address: str | None = f"/dashboard/media?period={period}"
    while address is not None:
        page = (await client.get(address)).text
        seen += re.findall(r"session\?session_id=(s\d+)", page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(further[1]) if further else None
    return seen


async def test_sessions_follow_each_other_page_by_page(site: Site) -> None:
    every = [session(f"s{number:03}", first_event_at=number / 2) for number in range(110)]
    watched(site, *every)
    await site.caught_up(site.client())
    client = await signed_in(site)
    seen = await sessions_of_all_pages(client, "24h")
    assert len(seen) == 110
    assert all(earlier > later for earlier, later in pairwise(seen))


async def test_settled_sessions_and_later_ones_are_one_list(site: Site) -> None:
    days = [NOON - timedelta(days=number % 3, minutes=number // 6) for number in range(130)]
    watched(site, *(session(f"s{number:03}", first_event_at=at) for number, at in enumerate(days)))
    settle(settle_tables(site.folder / "tables"), NOON, NOON, SettleOptions())
    append_sessions(site.folder / "tables", session("s001", first_event_at=days[1], revision=2, media_id="squat"))
    await site.caught_up(site.client())
    client = await signed_in(site)
    seen = await sessions_of_all_pages(client, "7d")
    assert (
        seen == sorted((f"s{number:03}" for number in range(130)), key=lambda name: (days[int(name[1:])], name))[::-1]
    )


async def test_one_session_is_drawn_over_time(site: Site) -> None:
    watched(site, session("one"))
    append(
        site.folder / "tables",
        MEDIA.primary,
        *(
            event(MEDIA, number, session_id="one", event_type=kind, media_id="squat", position_seconds=float(number))
            for number, kind in enumerate(("session_start", "play", "pause", "heartbeat", "error"))
        ),
    )
    await site.caught_up(site.client())
    client = await signed_in(site)
    page = (await client.get("/dashboard/media/session?session_id=one")).text
    assert 'aria-label="The playhead over time"' in page
    for kind in ("session_start", "pause", "error"):
        assert kind in page
    assert page.count("/dashboard/detail/media/") == 5


async def test_the_map_shades_countries_by_their_sessions(site: Site) -> None:
    watched(site, session("a"), session("b"), session("c"), session("d", country_code="IT"))
    await site.caught_up(site.client())
    client = await signed_in(site)
    answer = await client.get("/dashboard/media/map.svg")
    levels = dict(re.findall(r"\.([a-z]{2}) \* \{ fill: var\(--level-(\d)\) \}", answer.text))
    assert levels == {"ro": "3", "it": "2"}
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert "<script" not in answer.text
