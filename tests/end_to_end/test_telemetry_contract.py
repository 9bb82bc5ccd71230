"""Every route of the telemetry contract, its examples as written: what they answer, and what is then in the tables."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

import kinelake
from schemas.shared.times import microseconds, text
from tests.kit.contract import MISSING, PAGE, POINTS, Example, examples, headers, shape, total, views
from tests.kit.maxmind import MaxMindServer, maxmind_server, mmdb, released
from tests.kit.running import Up, up, waiting
from web.development import issue_development_token

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGE, reason=MISSING),
    pytest.mark.xdist_group("telemetry_contract"),
    pytest.mark.timeout(300),
]

ORGANISATION = "clinic"
ROMANIA, ITALY = "203.0.113.0/24", "192.0.2.0/24"
EXAMPLES = examples()
TRACK, POSE, AUDIT = "/v1/analytics/track", "/v1/pose/frames", "/v1/audit/ingest"
MEDIA, ERRORS = "/v1/media/events", "/v1/errors/report"
GEO, EXCLUSIONS = "/v1/admin/geo", "/v1/admin/privacy/exclusions"
TABLES = {MEDIA: "media_events", TRACK: "analytics_events", ERRORS: "error_reports", AUDIT: "audit_log"}
COLUMNS = {
    "event": "event_type",
    "timestamp": "occurred_at",
    "form_score": "client_form_score",
    "rom_degrees": "client_rom_degrees",
}
"""Where a field's column has another name."""
HEADERS = {
    "X-Request-Id": "req-1",
    "X-Actor-Hash": "0123456789abcdef" * 4,
    "X-Actor-Type": "specialist",
    "X-Organization-Id": ORGANISATION,
    "X-Consent-Level": "2",
    "X-Client-IP": "203.0.113.7",
}
TYPES = {MEDIA: "media", TRACK: "analytics", ERRORS: "error", AUDIT: "audit"}
"""What a path's records are called on the dashboard."""
ACCEPTED = {"status": "accepted", "event_id": "..."}
"""The body of a 202 of which the contract shows none."""


@dataclass(frozen=True)
class System:
    """A running system, what it fetches from, and callers of it."""

    running: Up
    maxmind: MaxMindServer
    folder: Path

    def client(self, role: str, **more: str) -> httpx.Client:
        token = issue_development_token(
            self.running.data / "secrets", f"a-{role}", ORGANISATION, role, 2, timedelta(hours=1)
        )
        given = {"Authorization": f"Bearer {token}", **more}
        return httpx.Client(base_url=self.running.url, headers=given, timeout=60)

    def asked(self, example: Example, role: str, **more: str) -> httpx.Response:
        """The answer to an example as it is written."""
        with self.client(role, **more) as client:
            return client.request(example.method, example.target, json=example.request)

    def release(self, place: str) -> None:
        """From now on the database has that for Romania's network."""
        self.maxmind.content = released(mmdb(self.folder / f"{place}.mmdb", {ROMANIA: place, ITALY: "IT"}))

    def row(self, table: str, **fields: Any) -> dict[str, Any]:
        """The row with these values, once it is there."""

        def found() -> dict[str, Any] | None:
            rows = kinelake.open(table, self.running.data).filter(**fields).collect()
            return rows.row(0, named=True) if rows.height else None

        return waiting(found)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("contract")
    with maxmind_server() as server:
        server.list("198.51.100.0/24")
        settings = {f"KINELAKE_{name.upper()}": value for name, value in server.settings.items()}
        # the contract's day is not to grow too old
        settings["KINELAKE_EVENT_MAX_AGE_DAYS"] = "36500"
        server.content = released(mmdb(folder / "first.mmdb", {ROMANIA: "DE", ITALY: "IT"}))
        with up(folder / "data", environment=settings) as running:
            running.says("Ask for statistics")
            made = System(running, server, folder)
            waiting(partial(_loaded, made))
            yield made


def _loaded(system: System) -> bool:
    """Whether the worker has fetched both by itself."""
    with system.client("admin") as admin:
        return bool(admin.get(f"{GEO}/status").json()["loaded"] and admin.get(EXCLUSIONS).json()["total"])


@pytest.fixture(scope="module")
def posted(system: System) -> Mapping[str, httpx.Response]:
    """The answers of the examples that are posted, each once."""
    return {
        path: system.asked(EXAMPLES[path], "system" if path == AUDIT else "user", **(HEADERS if path == AUDIT else {}))
        for path in (*TABLES, POSE)
    }


def test_the_contract_has_eighteen_routes_and_six_of_them_are_pages() -> None:
    assert (len(EXAMPLES), len(views()), len(EXAMPLES) + len(views())) == (12, 6, total())


def test_the_headers_that_the_contract_lists_are_those_that_are_sent() -> None:
    assert list(HEADERS) == headers()


@pytest.mark.parametrize("path", [*TABLES, POSE])
def test_a_posted_example_answers_as_written(posted: Mapping[str, httpx.Response], path: str) -> None:
    answer, shown = posted[path], EXAMPLES[path].response or ACCEPTED
    assert (answer.status_code, answer.headers["Content-Type"]) == (EXAMPLES[path].status, "application/json")
    assert EXAMPLES[path].status == 202
    said = answer.json()
    assert shape(said) == shape(shown)
    assert said["status"] == shown["status"] == "accepted"
    assert said.get("session_id") == (EXAMPLES[path].request["session_id"] if "session_id" in shown else None)


def test_the_pose_example_counts_its_frames(posted: Mapping[str, httpx.Response]) -> None:
    assert posted[POSE].json()["frames_accepted"] == len(EXAMPLES[POSE].request["frames"])


@pytest.mark.parametrize("path", TABLES)
def test_a_posted_example_is_in_its_table(system: System, posted: Mapping[str, httpx.Response], path: str) -> None:
    event_id = posted[path].json()["event_id"]
    assert UUID(event_id).version == 7
    row = system.row(TABLES[path], event_id=event_id)
    sent = dict(EXAMPLES[path].request)
    data = sent.pop("data", {})
    assert _stored(row, {**sent, **data}) == {}
    assert (row["tenant"], row["consent_level"], row["extra"]) == (ORGANISATION, 2, None)


def test_the_audit_row_names_whom_and_whence_the_headers_say(
    system: System, posted: Mapping[str, httpx.Response]
) -> None:
    row = system.row("audit_log", event_id=posted[AUDIT].json()["event_id"])
    said = [row[name] for name in ("request_id", "actor", "actor_type", "tenant", "ip_prefix")]
    assert said == ["req-1", HEADERS["X-Actor-Hash"], "specialist", ORGANISATION, ROMANIA]
    assert row["actor_source"] == "header"


def test_the_pose_example_is_in_its_table_with_33_points(system: System, posted: Mapping[str, httpx.Response]) -> None:
    request = EXAMPLES[POSE].request
    row = system.row("pose_frames", session_id=posted[POSE].json()["session_id"])
    (frame,) = request["frames"]
    assert _stored(row, {"media_id": request["media_id"], **frame}) == {}
    assert len(row["landmark_x"]) == POINTS


def _stored(row: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the row has in another way than it was sent."""
    kept = {name: row[COLUMNS.get(name, name)] for name in sent}
    return {name: value for name, value in kept.items() if not _same(value, sent[name])}


def _same(kept: Any, sent: Any) -> bool:
    if isinstance(sent, dict):
        return bool(json.loads(kept) == sent)
    if isinstance(kept, datetime):
        return kept == datetime.fromisoformat(sent)
    return bool(kept == (pytest.approx(sent, rel=1e-6) if isinstance(sent, list | float) else sent))


def test_the_geo_database_is_updated_and_has_a_status_as_written(system: System) -> None:
    system.release("RO")
    update, status = EXAMPLES[f"{GEO}/update"], EXAMPLES[f"{GEO}/status"]
    answers = [system.asked(example, "admin") for example in (update, status)]
    for answer, example in zip(answers, (update, status), strict=True):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert shape(answer.json()) == shape(example.response)
    updated, loaded = [answer.json() for answer in answers]
    assert (updated["status"], loaded["loaded"]) == ("updated", True)
    assert loaded["database_type"] == status.response["database_type"]
    assert (loaded["build_date"], loaded["entries"]) == (updated["database_version"], updated["entries"])


def test_the_exclusions_are_listed_and_checked_as_written(system: System) -> None:
    listed, checked = EXAMPLES[EXCLUSIONS], EXAMPLES[f"{EXCLUSIONS}/check"]
    answer = system.asked(listed, "admin")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    # all of it but the id, which the contract leaves open, and the total
    (shown,), (found,) = listed.response["exclusions"], answer.json()["exclusions"]
    assert UUID(found["id"]).version == 5
    assert found == {**shown, "id": found["id"]}
    assert shape(answer.json()) == shape(listed.response)
    assert answer.json() == {**listed.response, "exclusions": [found], "total": 1}
    answer = system.asked(checked, "admin")
    assert (answer.status_code, list(answer.json())) == (200, list(checked.response))
    assert answer.json() == checked.response


def test_a_synchronisation_begins_as_written_and_ends(system: System) -> None:
    example = EXAMPLES[f"{EXCLUSIONS}/sync"]
    answer = system.asked(example, "admin")
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
    assert shape(answer.json()) == shape(example.response)
    assert answer.json()["status"] == example.response["status"]
    with system.client("admin") as admin:
        waiting(lambda: admin.get(answer.headers["Location"]).json()["status"] == "completed")


@pytest.fixture(scope="module")
def watched(system: System) -> None:
    """Two whole sessions in Romania and one in Italy, in the statistics."""
    system.release("RO")
    with system.client("admin") as admin:
        assert admin.post(f"{GEO}/update").status_code == 200
    waiting(partial(_located, system))
    with system.client("user") as user:
        for number, network in enumerate((ROMANIA, ROMANIA, ITALY)):
            sent = {"X-Forwarded-For": network.replace(".0/24", ".9")}
            answer = user.post(MEDIA, json={"events": list(_session(number))}, headers=sent)
            assert answer.json()["rejected"] == 0, answer.text
    with system.client("specialist") as specialist:
        asked = EXAMPLES["/v1/media/sessions/stats"].target
        waiting(lambda: specialist.get(asked).json()["total_sessions"] == 3)


def _located(system: System) -> bool:
    """Whether the flows know by now where Romania is."""
    with system.client("user", **{"X-Forwarded-For": "203.0.113.9"}) as user:
        event_id = user.post(TRACK, json=EXAMPLES[TRACK].request).json()["event_id"]
    return bool(system.row("analytics_events", event_id=event_id)["country_code"] == "RO")


def _session(number: int) -> Iterator[dict[str, Any]]:
    """Two minutes, watched an hour ago with one stall, from the contract's start to a completed end."""
    began = datetime.now(UTC) - timedelta(hours=1)
    stall = {"position_seconds": 10}
    told: list[tuple[int, str, dict[str, Any]]] = [
        (0, "session_start", {**EXAMPLES[MEDIA].request["data"], "initial_bitrate": 2_800_000}),
        (1, "play", {"position_seconds": 0}),
        (11, "buffering_start", stall),
        (12, "buffering_end", stall),
        (122, "session_end", {"final_status": "completed", "position_seconds": 120.5}),
    ]
    for seconds, kind, data in told:
        at = text(microseconds(began + timedelta(seconds=seconds)))
        yield {
            **EXAMPLES[MEDIA].request,
            "event": kind,
            "session_id": f"watched-{number}",
            "timestamp": at,
            "data": data,
        }


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("path", ["/v1/media/bandwidth/stats", "/v1/media/sessions/stats"])
def test_a_statistic_answers_as_written(system: System, path: str) -> None:
    answer, shown = system.asked(EXAMPLES[path], "specialist"), EXAMPLES[path].response
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert shape(answer.json()) == shape(shown)
    assert answer.json()["period"] == shown["period"]


@pytest.mark.usefixtures("watched")
def test_a_statistic_counts_by_country_the_one_with_more_sessions_first(system: System) -> None:
    example = EXAMPLES["/v1/media/bandwidth/stats"]
    groups = system.asked(example, "specialist").json()["stats"]
    named = [(group["country_code"], group["total_sessions"]) for group in groups]
    assert named == [("RO", 2), ("IT", 1)]
    assert [group["country_code"] for group in example.response["stats"]] == ["RO", "IT"]
    sent = EXAMPLES[MEDIA].request["data"]
    assert {group["avg_ttfb_ms"] for group in groups} == {sent["ttfb_ms"]}
    assert {group["completion_rate"] for group in groups} == {1.0}


@pytest.fixture(scope="module")
def signed_in(system: System) -> Iterator[httpx.Client]:
    """An administrator's browser."""
    with httpx.Client(base_url=system.running.url, timeout=60) as browser:
        form = browser.get("/dashboard/login")
        found = re.search(r'name="csrf" value="([^"]+)"', form.text)
        assert found is not None
        with system.client("admin") as admin:
            token = admin.headers["Authorization"].removeprefix("Bearer ")
        answer = browser.post("/dashboard/login", data={"csrf": found[1], "next": "/dashboard", "token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard")
        yield browser


@pytest.mark.parametrize("path", [path for path in views() if ":" not in path])
def test_a_page_of_the_dashboard_answers_html(signed_in: httpx.Client, path: str) -> None:
    answer = signed_in.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.lstrip().lower().startswith("<!doctype html>")


@pytest.mark.parametrize("path", TYPES)
def test_the_record_of_each_example_has_its_page(
    system: System, signed_in: httpx.Client, posted: Mapping[str, httpx.Response], path: str
) -> None:
    event_id = posted[path].json()["event_id"]
    system.row(TABLES[path], event_id=event_id)
    (template,) = [view for view in views() if ":" in view]
    answer = signed_in.get(template.replace(":type", TYPES[path]).replace(":id", event_id))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert event_id in answer.text


def test_nothing_went_wrong_behind_the_answers(system: System) -> None:
    assert "Traceback" not in system.running.output
    assert '"level": "error"' not in system.running.output
