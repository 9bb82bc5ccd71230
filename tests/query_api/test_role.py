"""The query role reads: it makes no table, and finds those that others make."""

import asyncio

import httpx
import pytest

from schemas.media.events import STREAM
from tests.kit.media_sessions import append, session, settle_tables
from tests.query_api.conftest import REST_SECONDS, Site

PATHS = ("/v1/media/sessions/stats", "/v1/media/bandwidth/stats", "/v1/media/qoe", "/v1/media/usage", STREAM.route_path)


async def answered(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """The answer once the first view is made."""
    while (answer := await client.get(path)).status_code == 503:
        await asyncio.sleep(REST_SECONDS)
    return answer


@pytest.mark.anyio
async def test_where_there_are_no_tables_every_answer_is_empty_and_none_is_made(site: Site) -> None:
    async with site.client() as client:
        for path in PATHS:
            assert (await answered(client, path)).status_code == 200, path
        assert (await answered(client, "/v1/media/sessions/nobody")).status_code == 404
    assert not (site.folder / "tables").exists()


@pytest.mark.anyio
async def test_tables_that_come_later_are_found(site: Site) -> None:
    async with site.client() as client:
        assert (await answered(client, PATHS[0])).json()["total_sessions"] == 0
        settle_tables(site.folder / "tables")
        append(site.folder / "tables", session("a"))
        while (await client.get(PATHS[0])).json()["total_sessions"] == 0:
            await asyncio.sleep(REST_SECONDS)
