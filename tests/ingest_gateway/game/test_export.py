"""POST /api/export at the door: from this machine without a token, by default; no row is answered; one at a time."""

from datetime import timedelta

import httpx
import pytest

from schemas.game.exports import EXPORT
from tests.ingest_gateway.game.gate import Gate
from web.application_tokens import PUBLIC
from web.proxies import PASSING_HEADERS

pytestmark = pytest.mark.anyio

PATH = "/api/export"


async def asked(gate: Gate, peer: str = "127.0.0.1", auth: str = "loopback", **headers: str) -> httpx.Response:
    async with gate.client(gate.app(export_auth=auth), peer, **headers) as client:
        return await client.post(PATH)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_who_sits_at_the_machine_needs_no_token_and_gets_a_job_for_everybodys_rows(gate: Gate, peer: str) -> None:
    answer = await asked(gate, peer)
    (job,) = gate.site.control.jobs.list(EXPORT)
    assert (answer.status_code, answer.json()) == (202, {"status": "export_started", "job_id": job.id})
    assert (job.payload["tenant"], job.payload["app_id"]) == ("", "")


@pytest.mark.parametrize("header", PASSING_HEADERS)
async def test_what_a_proxy_passed_on_is_refused_whoever_it_is_from(gate: Gate, header: str) -> None:
    answer = await asked(gate, "127.0.0.1", "loopback", **{header.replace("-", "_"): "127.0.0.1"})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert gate.site.control.jobs.list(EXPORT) == []


async def test_another_machine_is_refused_even_with_the_secret_token(gate: Gate) -> None:
    answers = [await asked(gate, peer, x_api_key=gate.secret) for peer in ("203.0.113.9", "10.0.0.1", "not an address")]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert gate.site.control.jobs.list(EXPORT) == []


async def test_by_secret_it_is_the_applications_own_rows_from_anywhere(gate: Gate) -> None:
    none = await asked(gate, auth="secret")
    public = await asked(gate, auth="secret", x_api_key=gate.token(gate.jumper, PUBLIC))
    assert (none.status_code, public.status_code) == (401, 403)
    answer = await asked(gate, "203.0.113.9", "secret", Authorization=f"Bearer {gate.secret}")
    (job,) = gate.site.control.jobs.list(EXPORT)
    assert (answer.status_code, answer.json()["job_id"]) == (202, job.id)
    assert (job.payload["tenant"], job.payload["app_id"]) == ("acme", gate.jumper.id)


async def test_there_is_one_at_a_time(gate: Gate) -> None:
    first, second = await asked(gate), await asked(gate)
    assert (first.status_code, second.status_code, second.json()["error"]) == (202, 409, "export_running")
    jobs, now = gate.site.control.jobs, gate.site.clock()
    held = jobs.lease([EXPORT], "worker", now)
    assert held is not None
    assert (await asked(gate)).status_code == 409
    jobs.finish(held, now + timedelta(seconds=1))
    assert (await asked(gate)).status_code == 202
