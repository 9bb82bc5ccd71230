"""From MaxMind to the country in a row, and to its absence: by the calendar and by request, all roles real."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.media.events import STREAM
from tests.kit.maxmind import RO, MaxMindServer, maxmind_server, mmdb, released
from tests.kit.running import waiting
from tests.kit.site import Site, event

EXCLUSIONS = "/v1/admin/privacy/exclusions"
ADDRESS = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MaxMindServer]:
    with maxmind_server() as made:
        made.content = released(mmdb(tmp_path / "geo.mmdb", {RO: "RO"}))
        yield made


def listed(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """The newest rows by their id."""
    return {row["event_id"]: row for row in client.get(STREAM.route_path).json()["events"]}


def place(site: Site) -> tuple[Any, ...]:
    """What the row of an event from that address says, sent now."""
    body = event()
    with site.client("user") as client:
        assert client.post(STREAM.route_path, json=body, headers=ADDRESS).status_code == 202
    with site.client("specialist") as client:
        row = waiting(lambda: listed(client).get(body["event_id"]))
    return row["geo_unavailable"], row.get("country_code"), row["privacy_excluded"]


@pytest.mark.slow
def test_places_and_exclusions_reach_rows_without_a_restart(tmp_path: Path, server: MaxMindServer) -> None:
    site = Site(tmp_path / "data", **server.settings)
    with site.role("web"), site.role("flows"), site.role("worker"), site.client("admin") as admin:
        waiting(lambda: place(site) == (False, "RO", False))
        server.content = released(mmdb(tmp_path / "newer.mmdb", {RO: "IT"}))
        assert admin.post("/v1/admin/geo/update").json()["status"] == "updated"
        waiting(lambda: place(site) == (False, "IT", False))
        server.list(RO)
        batch = admin.post(f"{EXCLUSIONS}/sync").headers["Location"]
        waiting(lambda: admin.get(batch).json()["status"] == "completed")
        assert admin.get(f"{EXCLUSIONS}/check?ip=203.0.113.9").json()["is_excluded"]
        waiting(lambda: place(site) == (False, None, True))
        assert admin.get("/v1/admin/geo/status").json()["loaded"]
