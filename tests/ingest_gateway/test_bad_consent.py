"""Every malformed request to POST /v1/consent gets its 4xx with code, field and reason; no consent changes by it."""

from typing import Any

import pytest

from tests.ingest_gateway.conftest import Gateway
from tests.kit.bad_consent import GOOD, PATH, TABLE
from tests.kit.bad_input import Bad

pytestmark = pytest.mark.anyio


def test_the_table_has_at_least_sixty_rows_of_different_names() -> None:
    assert len({bad.name for bad in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
async def test_a_malformed_request_gets_its_status_field_and_reason(gateway: Gateway, bad: Bad) -> None:
    who: dict[str, Any] = {"sub": "crm", "role": "system", **(bad.token or {})}
    token = "" if bad.token is None else f"Bearer {gateway.site.token(**who)}"
    headers = {"Content-Type": "application/json", **bad.headers}
    async with gateway.client(Authorization=token) as client:
        answer = await client.request(bad.method, bad.path, content=bad.content, headers=headers)
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (bad.status, bad.code, bad.status), said
    assert answer.headers["Content-Type"] == "application/problem+json"
    if bad.field is not None:
        (error,) = said["errors"]
        assert error["field"] == bad.field
        assert bad.reason in error["message"]
    assert gateway.recorder.published == []


async def test_what_the_table_is_made_of_is_valid(gateway: Gateway) -> None:
    token = f"Bearer {gateway.site.token(sub='crm', role='system')}"
    assert (await gateway.post(GOOD, PATH, Authorization=token)).status_code == 202
