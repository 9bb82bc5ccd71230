"""An erased person is hidden from the moment that the erasure begins, in every place that shows rows."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from query_api.hidden import Hidden
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES
from schemas.shared.columns import Table
from sinks.table import created, shaped
from tests.control.conftest import Clock
from tests.control.test_motion_sessions import session as filmed
from tests.kit.media_sessions import NOON, append, session
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import event, signed_in

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
WITH_RULES_OF_THEIR_OWN = {
    "query_api/answers.py": "what hands out both, hidden",
    "query_api/tables.py": "shows what Stores.shown does",
    "query_api/media/answers.py": "sums; its list of sessions goes through Stores.shown",
    "query_api/capture/kept.py": "cells that say of nobody",
    "query_api/game/kept.py": "cells, of which sums alone are told",
    "query_api/gdpr/rows.py": "one person's rows by query_api.gdpr.visible",
    "query_api/capture/gdpr/audit.py": "one project's audit rows by query_api.gdpr.visible",
    "query_api/capture/gdpr/stored.py": "rows of sessions that control knows, which an erased one is not",
}
Shows = Callable[[Site], Awaitable[str]]


def stored(site: Site, person: str, name: str) -> None:
    """A session of the person's at noon, and an event of it."""
    created(site.tables, MEDIA_SESSION_STATES)
    append(site.tables.folder, session(name, subject=person))
    created(site.tables, STREAM.primary)
    row = event(STREAM, 0, event_type="play", subject=person, session_id=name, event_id=f"event-{name}")
    rows = shaped(pl.DataFrame([row]), STREAM.primary)
    write_deltalake(site.tables.uri(STREAM.primary.name), rows, mode="append")


async def _listing(site: Site) -> str:
    async with site.client() as client:
        since = (NOON - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        return (await client.get(f"{STREAM.path}?from={since}")).text


async def _timeline(site: Site) -> str:
    async with site.client() as client:
        return (await client.get("/v1/media/sessions/of-zoe")).text + (
            await client.get("/v1/media/sessions/of-ann")
        ).text


async def _sessions(site: Site) -> str:
    async with site.client() as client:
        await site.caught_up(client)
    return await _page(site, "/dashboard/media")


async def _records(site: Site) -> str:
    pages = [await _page(site, f"/dashboard/detail/{STREAM.name}/event-{name}") for name in ("of-zoe", "of-ann")]
    return "".join(pages)


async def _page(site: Site, path: str) -> str:
    """What the page says, nothing where it is not there."""
    client = await signed_in(site)
    page = await client.get(path)
    await client.aclose()
    return page.text if page.status_code == 200 else ""


@pytest.mark.parametrize("shows", [_listing, _timeline, _sessions, _records], ids=lambda shows: shows.__name__)
async def test_rows_of_an_erased_person_are_shown_no_more(shows: Shows, site: Site) -> None:
    stored(site, "zoe", "of-zoe")
    stored(site, "ann", "of-ann")
    before = await shows(site)
    assert "of-zoe" in before
    assert "of-ann" in before
    site.control.erasures.begin(tenant="acme", subject="zoe", requested_by="operator")
    after = await shows(site)
    assert "of-zoe" not in after
    assert "of-ann" in after


def of(table: Table, *began: timedelta) -> pl.LazyFrame:
    rows = [{**session("x", subject="zoe"), "first_event_at": NOON + after} for after in began]
    return shaped(pl.DataFrame(rows), table).lazy()


def test_what_is_from_later_or_of_no_project_is_shown(site: Site) -> None:
    hidden, table = Hidden(site.control.erasures), MEDIA_SESSION_STATES
    rows = of(table, timedelta(), timedelta(hours=2))
    site.control.erasures.begin(tenant="acme", subject="zoe", requested_by="operator", scope="a-project")
    assert hidden(table, rows).collect().height == 2
    site.control.erasures.begin(tenant="acme", subject="zoe", requested_by="operator")
    assert hidden(table, rows).collect().height == 0, "both sessions ended before"


def test_of_an_erased_session_nothing_is_shown_whenever_it_is_from(site: Site) -> None:
    hidden, table = Hidden(site.control.erasures), MEDIA_SESSION_STATES
    rows = pl.concat([of(table, timedelta(hours=9)), of(table, timedelta()).with_columns(session_id=pl.lit("y"))])
    film = filmed(Clock(), "x", subject="zoe")
    site.control.motion_sessions.begin(film, [])
    site.control.erasures.begin_session(tenant="acme", session_id="x", requested_by="api_key:1")
    assert hidden(table, rows).collect()["session_id"].to_list() == ["y"]


def test_whoever_reads_tables_has_them_from_the_stores_or_says_why_not() -> None:
    opens = re.compile(r"\b(TableReader|Tables|(?:Table|Followed)Files\.(?:reading|open)|scan_delta|DeltaTable)\(")
    found = {
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("query_api/**/*.py") if opens.search(path.read_text())
    }
    assert found == set(WITH_RULES_OF_THEIR_OWN)
