"""A dimension of the client's choosing, asked for over HTTP."""

import polars as pl
import pytest
from deltalake import write_deltalake

from schemas.media.cells import MOST_VALUES
from schemas.media.sessions import MEDIA_SESSION_STATES
from sinks.table import created
from tests.kit.media_sessions import session, states
from tests.query_api.conftest import Site

pytestmark = pytest.mark.anyio


async def test_60000_connection_types_are_a_bounded_answer(site: Site) -> None:
    created(site.tables, MEDIA_SESSION_STATES)
    number = pl.int_range(60_000, eager=True).cast(pl.String)
    rows = pl.concat([states(session("x"))] * len(number))
    rows = rows.with_columns(session_id="s" + number, connection_type="c" + number)
    write_deltalake(site.tables.uri(MEDIA_SESSION_STATES.name), rows, mode="append")
    async with site.client() as client:
        await site.caught_up(client)
        answer = await client.get("/v1/media/bandwidth/stats?group_by=connection_type")
    stats = answer.json()["stats"]
    assert sum(group["total_sessions"] for group in stats) == 60_000
    assert len(stats) == MOST_VALUES + 1
    assert len(answer.content) < 500_000
