"""Recordings of the Segment protocol through all of it: over HTTP, twice, into the table, and out of it again."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import polars as pl
import pytest

from control.organisations import subject_of
from control.write_keys import WriteKey
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from kinelake.write_keys import create_write_key
from schemas.analytics import STREAM
from schemas.shared.named_ids import named_ids
from tests.kit.recorded import SDKS, Recorded, recorded
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.reference.segment import stored
from web.development import issue_development_token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COLUMNS = (
    "session_id", "event_name", "event_category", "resource_type", "resource_id", "page_url", "referrer_url",
    "numeric_value", "properties", "context",
)  # fmt: skip
PRIVATE = "someone@example.org"


class Sdks:
    """A running installation that recordings are sent to."""

    def __init__(self, site: Site, installation: Installation, key: WriteKey, shown: str) -> None:
        self.site = site
        self.installation = installation
        self.key = key
        self._shown = shown
        found = installation.control.organisations.get(ORGANISATION)
        assert found is not None
        self.organisation_key = found.key

    def send(self, request: Recorded) -> httpx.Response:
        """A recorded request with this installation's key."""
        basic = b64encode(f"{self._shown}:".encode()).decode()
        content = gzip.compress(request.body) if request.packed else request.body
        url = self.site.url + request.path.replace("wk_demo", self._shown)
        return httpx.post(
            url, content=content, headers={**request.headers, "authorization": f"Basic {basic}"}, timeout=30
        )

    def rows(self) -> pl.DataFrame:
        return self.site.rows(STREAM.primary.name)

    def sum(self) -> Balance:
        return balance(self.installation, position(self.installation, STREAM.name))

    def people(self) -> set[str]:
        return set(self.rows()["subject"])

    def subject(self, identifier: str) -> str:
        return subject_of(self.organisation_key, identifier)

    def id_of(self, message_id: str) -> str:
        return named_ids(UUID(self.key.id))(message_id)


@pytest.fixture
def sdks(tmp_path: Path) -> Iterator[Sdks]:
    site = Site(tmp_path / "data", epoch_seconds=0.2, partitions=2, event_max_age_days=36_500)
    with site.installation() as installation:
        installation.control.organisations.ensure(ORGANISATION)
        with site.role("web"):
            yield Sdks(site, installation, *create_write_key(installation, ORGANISATION, default_consent=2))


def test_what_sdks_sent_is_stored_once_and_goes_with_its_person(sdks: Sdks) -> None:
    sent = [request for name in SDKS for request in recorded(f"segment/{name}.jsonl") if request.method == "POST"]
    items = [item for request in sent for item in items_of(request)]
    with sdks.site.role("flows analytics consent audit"), sdks.site.role("worker"):
        for request in [*sent, *sent, *map(again, sent)]:
            assert sdks.send(request).status_code in (200, 400)
        waiting(lambda: sdks.sum().in_flight == 0)
        stored_once(sdks, items)
        total, different = sdks.sum(), {request.path + request.body.decode(): request for request in sent}
        assert total.balance == 0
        assert total.accepted >= 2 * sum(len(items_of(request)) for request in different.values())
        withdrawn_and_erased(sdks)


def again(request: Recorded) -> Recorded:
    """The same for the log, though not for the door, which answers by itself what it answered just now."""
    path = f"{request.path}{'&' if '?' in request.path else '?'}again=1"
    return replace(request, path=path)


def items_of(request: Recorded) -> list[dict[str, Any]]:
    """Those of a request that are taken."""
    body = json.loads(request.body)
    return [item for item in body.get("batch", [body]) if item["type"] != "alias"]


def stored_once(sdks: Sdks, items: list[dict[str, Any]]) -> None:
    """Each item is one row of its session or person, which has what the rules in plain Python say."""
    rows = {(row["event_id"], row["session_id"] or row["subject"]): row for row in sdks.rows().iter_rows(named=True)}
    assert len(rows) == len(sdks.rows())
    expected: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        at = datetime.fromisoformat(item.get("originalTimestamp") or item["timestamp"])
        known = stored(item, None, at)
        assert isinstance(known, dict)
        subject = sdks.subject(known["identity"])
        told = {"subject": subject, **{name: plain(known.get(name)) for name in COLUMNS}}
        expected.setdefault((sdks.id_of(item["messageId"]), told["session_id"] or subject), told)
    assert {place: {name: said(row, name) for name in ("subject", *COLUMNS)} for place, row in rows.items()} == expected
    assert {(row["source"], row["ingest_key"], row["consent_level"]) for row in rows.values()} == {
        ("segment", sdks.key.id, 2)
    }
    assert PRIVATE not in json.dumps([*rows.values()], default=str)


def said(row: dict[str, Any], name: str) -> Any:
    return msgspec.json.decode(row[name]) if name in STREAM.objects and row[name] is not None else row[name]


def plain(value: Any) -> Any:
    """Without what is null."""
    if not isinstance(value, dict):
        return value
    return {name: plain(each) for name, each in value.items() if each is not None}


def withdrawn_and_erased(sdks: Sdks) -> None:
    """Of two people that servers named, one takes consent back and one is erased; who has no name stays."""
    seven, another, anonymous = sdks.subject("user-7"), sdks.subject("user-9"), sdks.subject("anonymous:anon-1")
    named = recorded("segment/rudder-sdk-node-3.0.13.jsonl")[0]
    body = named.body.replace(b"user-7", b"user-9").replace(b'"messageId":"', b'"messageId":"of-9-')
    assert sdks.send(replace(named, body=body)).status_code == 200
    waiting(lambda: {seven, another, anonymous} <= sdks.people())
    token = issue_development_token(sdks.site.data / "secrets", "crm", ORGANISATION, "system", 2, timedelta(hours=1))
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    said = {"level": 0, "user_id": "user-9", "effective_at": since}
    answer = httpx.post(
        f"{sdks.site.url}/v1/consent", json=said, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert answer.status_code == 202, answer.text
    waiting(lambda: another not in sdks.people())
    assert sdks.site.ran("gdpr erase", "--org", ORGANISATION, "--user", "user-7", "--yes").returncode == 0
    waiting(lambda: seven not in sdks.people())
    assert anonymous in sdks.people()
