"""Somebody who is signed in to the dashboard, and rows to look at."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
from deltalake import write_deltalake

from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.stream import Stream
from tests.kit.media_sessions import NOON
from tests.query_api.conftest import Site
from web.audit_trail import AuditTrail

HOSTILE = "<script>alert('a')</script>\"'><img src=x onerror=alert(1)>&amp;{{7*7}}"
"""What a client may send, and no page may carry out."""


def csrf_in(page: str) -> str:
    """The value of the page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


async def signed_in(
    site: Site, org: str = "acme", role: str = "admin", trail: AuditTrail | None = None
) -> httpx.AsyncClient:
    """A client with the cookie and without a token."""
    client = site.client(trail=trail)
    del client.headers["Authorization"]
    answer = await sign_in(client, site.token(role, org, "zoe"))
    assert answer.status_code == 303, answer.text
    return client


async def sign_in(client: httpx.AsyncClient, token: str, wanted: str = "/dashboard") -> httpx.Response:
    """What the form answers."""
    page = await client.get("/dashboard/login", params={"next": wanted})
    fields = {"csrf": csrf_in(page.text), "next": wanted, "token": token}
    return await client.post("/dashboard/login", data=fields)


def event(stream: Stream, number: int, **fields: Any) -> dict[str, Any]:
    """A row of a stream's table, as many seconds after noon as its number says."""
    at = NOON + timedelta(seconds=number)
    return {
        "stream": stream.name,
        "event_type": next(iter(stream.kinds)),
        "event_id": f"{number:08}-0000-4000-8000-000000000000",
        "session_id": "session",
        "tenant": "acme",
        "subject": "s" * 8,
        "occurred_at": at,
        "received_at": at,
        "received_date": at.date(),
        "request_id": "request",
        "consent_level": 2,
        "consent_source": "token",
        "gpc": False,
        **fields,
    }


def dead_letter(number: int, **fields: Any) -> dict[str, Any]:
    at = NOON + timedelta(seconds=number)
    letter = {"stream": "media", "stage": "decode", "reason": "undecodable", "detail": "", "value": b"{}"}
    place = {"log_partition": 0, "log_offset": number, "log_item": 0}
    return {**letter, **place, "tenant": "acme", "failed_at": at, "received_date": at.date(), **fields}


def append(folder: Path, table: Table, *rows: Mapping[str, Any]) -> None:
    """Rows into a table, as the flow writes them."""
    frame = pl.DataFrame(rows, schema=table.schema)
    write_deltalake(str(folder / table.name), frame, mode="append", partition_by=list(table.partition_by))


def bury(folder: Path, *letters: Mapping[str, Any]) -> None:
    append(folder, DEAD_LETTERS, *letters)
