"""Every malformed request gets its 4xx with code, field and reason; nothing of it reaches the log."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.ingest_gateway.conftest import PATH, Gateway, event
from tests.kit.bad_input import TABLE, Bad
from tests.kit.bad_reports import GOOD, REPORTS, TRACKS
from tests.web.conftest import Clock, Site

pytestmark = pytest.mark.anyio

MANY = 1_000_000

TABLES = {"media": TABLE, "analytics": TRACKS, "errors": REPORTS}
EVERY = {f"{name}: {bad.name}": bad for name, table in TABLES.items() for bad in table}
INVALID = {name: bad for name, bad in EVERY.items() if bad.code == "invalid_event"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One for all tests: what is refused leaves nothing behind, and all of it comes from one address."""
    site = Site(tmp_path_factory.mktemp("gateway"), Clock())
    made = Gateway(site)
    made.usual = made.app(rate_limit_requests=MANY)
    yield made
    site.control.close()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_table_has_at_least_sixty_rows_of_different_names(table: list[Bad]) -> None:
    assert len({bad.name for bad in table}) == len(table) >= 60


@pytest.mark.parametrize("bad", EVERY.values(), ids=EVERY)
async def test_a_malformed_request_gets_its_status_field_and_reason(gateway: Gateway, bad: Bad) -> None:
    headers = {"Content-Type": "application/json", **bad.headers}
    published = len(gateway.recorder.published)
    async with gateway.client(Authorization=_authorization(gateway, bad)) as client:
        answer = await client.request(bad.method, bad.path, content=bad.content, headers=headers)
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (bad.status, bad.code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == bad.status
    if bad.status == 400 and bad.code != "body_corrupt":
        _check_errors(body["errors"], bad)
    assert len(gateway.recorder.published) == published


@pytest.mark.parametrize("bad", INVALID.values(), ids=INVALID)
async def test_in_a_batch_the_same_event_is_rejected_for_the_same_reason(gateway: Gateway, bad: Bad) -> None:
    """As far as it is JSON: a batch around what is no JSON is none either."""
    good = event() if bad.path == PATH else GOOD[bad.path]
    answer = await gateway.post(b'{"events":[' + bad.content + b"," + msgspec.json.encode(good) + b"]}", bad.path)
    if answer.status_code == 400:
        assert answer.json()["errors"][0]["field"] in ("", "events")
        return
    body = answer.json()
    rejected, accepted = body["results"]
    assert (rejected["status"], rejected["code"]) == ("rejected", "invalid_event")
    assert accepted["status"] == "accepted"
    _check_errors(rejected["errors"], bad)


def _check_errors(errors: list[dict[str, str]], bad: Bad) -> None:
    (error,) = errors
    assert error["message"]
    assert bad.reason in error["message"]
    if bad.field is not None:
        assert error["field"] == bad.field


def _authorization(gateway: Gateway, bad: Bad) -> str:
    return "" if bad.token is None else f"Bearer {gateway.site.token(**bad.token)}"
