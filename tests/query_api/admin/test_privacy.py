"""The list of privacy exclusions over HTTP: page by page, synchronised, one address checked."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import httpx
import pytest

from control.exclusions import Listed
from tests.kit.maxmind import MaxMindServer
from tests.query_api.admin.conftest import Working
from tests.query_api.conftest import REST_SECONDS, Site

LIST = "/v1/admin/privacy/exclusions"
UPDATED = datetime(2026, 2, 10, tzinfo=UTC)


def exclude(site: Site, *networks: str) -> None:
    listed = [Listed("ccpa_do_not_sell", ip_network(network), UPDATED) for network in networks]
    site.control.exclusions.apply(1, listed, whole=True)


@pytest.mark.anyio
async def test_the_list_answers_as_the_contract_says(site: Site) -> None:
    exclude(site, "198.51.100.0/24")
    async with site.client("admin") as client:
        answer = (await client.get(LIST)).json()
    (one,) = answer.pop("exclusions")
    assert answer == {"total": 1, "page": 1, "per_page": 50}
    assert UUID(one.pop("id")).version == 5
    assert list(one.items()) == [
        ("ip_network", "198.51.100.0/24"),
        ("exclusion_type", "ccpa_do_not_sell"),
        ("is_active", True),
        ("last_updated_by_maxmind", "2026-02-10T00:00:00Z"),
    ]


@pytest.mark.anyio
async def test_it_is_sorted_by_address_with_the_inactive_and_in_pages(site: Site) -> None:
    exclude(site, "9.0.0.0/8")
    exclude(site, "2001:db8::/32", "100.0.0.0/8", "20.1.0.0/16", "20.0.0.0/8", "20.1.0.0/24")
    async with site.client("admin") as client:
        pages = [(await client.get(LIST, params={"page": page, "per_page": 2})).json() for page in (1, 2, 3, 4)]
    found = [(one["ip_network"], one["is_active"]) for page in pages for one in page["exclusions"]]
    assert found == [
        ("9.0.0.0/8", False),
        ("20.0.0.0/8", True),
        ("20.1.0.0/16", True),
        ("20.1.0.0/24", True),
        ("100.0.0.0/8", True),
        ("2001:db8::/32", True),
    ]
    assert [(page["total"], page["page"], page["per_page"]) for page in pages] == [(6, n, 2) for n in (1, 2, 3, 4)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?page=0", "page"),
        ("?page=x", "page"),
        ("?page=", "page"),
        ("?page=1.5", "page"),
        ("?page=9999999999999999999999", "page"),
        ("?per_page=0", "per_page"),
        ("?per_page=201", "per_page"),
        ("?per_page=-1", "per_page"),
        ("/check", "ip"),
        ("/check?ip=", "ip"),
        ("/check?ip=198.51.100", "ip"),
        ("/check?ip=198.51.100.045", "ip"),
        ("/check?ip=198.51.100.0/24", "ip"),
        ("/check?ip=fe80::1%25eth0", "ip"),
        ("/check?ip=example.org", "ip"),
    ],
)
async def test_a_bad_value_is_400_and_named(query: str, field: str, site: Site) -> None:
    async with site.client("admin") as client:
        answer = await client.get(f"{LIST}{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.anyio
async def test_a_synchronisation_of_neither_kind_is_400(site: Site) -> None:
    async with site.client("admin") as client:
        answer = await client.post(f"{LIST}/sync?full=yes")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "full")
    assert site.control.jobs.list() == []


async def ended(client: httpx.AsyncClient, location: str) -> Any:
    while (state := (await client.get(location)).json())["status"] == "running":
        await asyncio.sleep(REST_SECONDS)
    return state


@pytest.mark.anyio
async def test_a_synchronisation_runs_as_a_batch_that_can_be_asked_about(
    site: Site, server: MaxMindServer, working: Working
) -> None:
    server.list("198.51.100.0/24")
    async with site.client("admin") as client:
        first, second = await client.post(f"{LIST}/sync"), await client.post(f"{LIST}/sync?full=true")
        assert first.status_code == second.status_code == 202
        assert list(first.json()) == ["sync_batch_id", "status", "started_at"]
        assert first.json() == second.json(), "the running batch is the answer"
        running = (await client.get(first.headers["Location"])).json()
        assert (running["status"], running["completed_at"]) == ("running", None)
        with working():
            state = await ended(client, first.headers["Location"])
    counts = {"added": 1, "updated": 0, "deactivated": 0}
    completed = {"status": "completed", "completed_at": state["completed_at"], **counts, "error": None}
    assert state == {**first.json(), **completed}
    assert state["completed_at"] is not None


@pytest.mark.anyio
async def test_one_that_fails_says_why(site: Site, server: MaxMindServer, working: Working) -> None:
    server.status = 403
    async with site.client("admin") as client:
        location = (await client.post(f"{LIST}/sync")).headers["Location"]
        with working():
            state = await ended(client, location)
    assert state["status"] == "failed"
    assert "403 SERVER_ERROR" in state["error"]


@pytest.mark.anyio
@pytest.mark.parametrize("batch", ["0", "x", "7", "99999999999999999999", "1/2"])
async def test_a_batch_that_is_none_is_404(batch: str, site: Site) -> None:
    assert site.control.jobs.enqueue("settle", "media", {}).id == 1
    async with site.client("admin") as client:
        for wanted in (batch, "1"):
            assert (await client.get(f"{LIST}/sync/{wanted}")).status_code == 404


@pytest.mark.anyio
async def test_a_check_answers_as_the_contract_says(site: Site) -> None:
    exclude(site, "198.51.0.0/16", "198.51.100.0/24", "2001:db8::/32")
    async with site.client("admin") as client:
        excluded = (await client.get(f"{LIST}/check", params={"ip": "198.51.100.45"})).json()
        six = (await client.get(f"{LIST}/check", params={"ip": "2001:db8::1"})).json()
        free = (await client.get(f"{LIST}/check", params={"ip": "192.0.2.1"})).json()
        mapped = (await client.get(f"{LIST}/check", params={"ip": "::ffff:198.51.100.45"})).json()
    exclusion = {"type": "ccpa_do_not_sell", "network": "198.51.100.0/24", "legal_basis": "legal_obligation_ccpa"}
    assert list(excluded.items()) == [("ip", "198.51.100.45"), ("is_excluded", True), ("exclusion", exclusion)]
    assert six["exclusion"]["network"] == "2001:db8::/32"
    assert mapped["exclusion"] == exclusion, "the flows go by the IPv4 address"
    assert free == {"ip": "192.0.2.1", "is_excluded": False, "exclusion": None}
