"""Lists and records of every stream that is declared: nobody else's rows, and no column that is markup."""

from html import escape

import httpx
import polars as pl
import pytest

from query_api.dashboard.lists import LISTS, shown_on
from schemas.shared.stream import Stream, streams
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import HOSTILE, append, event, signed_in

pytestmark = pytest.mark.anyio
ADDRESSES = {name: f"{each.path}?stream={name}" for each in LISTS for name in shown_on(each)}
KNOWN = ("tenant", "stream", "event_id")


def record(stream: Stream, number: int) -> str:
    return f"/dashboard/detail/{stream.name}/{event(stream, number)['event_id']}"


def test_every_stream_is_on_a_page() -> None:
    assert set(ADDRESSES) == set(streams())


async def test_no_text_of_any_stream_is_markup(site: Site) -> None:
    client = await signed_in(site)
    for stream in streams().values():
        texts = {name: HOSTILE for name, kind in stream.primary.schema.items() if kind == pl.String}
        append(
            site.folder / "tables",
            stream.primary,
            event(stream, 1, **{name: text for name, text in texts.items() if name not in KNOWN}),
        )
        texts_of = {at: await text_of(client, at) for at in (ADDRESSES[stream.name], record(stream, 1))}
        for address, shown in texts_of.items():
            assert "<script>" not in shown, address
            assert "<img src=x" not in shown, address
        assert escape("<script>alert(") in texts_of[record(stream, 1)]


async def text_of(client: httpx.AsyncClient, address: str) -> str:
    answer = await client.get(address)
    assert answer.status_code == 200, address
    return answer.text


async def test_nobody_sees_another_organisations_rows_of_any_stream(site: Site) -> None:
    mine, theirs = await signed_in(site), await signed_in(site, org="other")
    for stream in streams().values():
        append(site.folder / "tables", stream.primary, event(stream, 1, session_id="kept-secret", tenant="other"))
        assert "kept-secret" in (await theirs.get(record(stream, 1))).text, stream.name
        assert (await mine.get(record(stream, 1))).status_code == 404, stream.name
        assert record(stream, 1) in (await theirs.get(ADDRESSES[stream.name])).text, stream.name
        assert record(stream, 1) not in (await mine.get(ADDRESSES[stream.name])).text, stream.name
