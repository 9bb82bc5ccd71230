"""What one organisation stored nobody of another is ever shown, by any GET of the application."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from deltalake import write_deltalake

from kinelake.role import now
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.stream import Stream, streams
from tests.kit.running import waiting
from tests.kit.whole import HOME, SESSIONS, Known, Whole, mark
from web.tenancy import PUBLIC_PATHS

pytestmark = pytest.mark.xdist_group("every_route")

OTHER = "globex"
ASKED_FOR = ("session_id", "subject")
"""Parameters by which somebody may ask for another's rows."""


def value(dtype: Any, org: str) -> Any:
    """Anything of that type, a text or bytes with the organisation's mark."""
    if dtype == pl.String:
        return mark(org)
    if dtype == pl.Binary:
        return mark(org).encode()
    if isinstance(dtype, pl.Datetime):
        return now() - timedelta(minutes=1)
    if dtype == pl.Date:
        return (now() - timedelta(minutes=1)).date()
    if isinstance(dtype, pl.List):
        return []
    return dtype == pl.Boolean or 1


def row(table: Table, org: str, **fields: Any) -> dict[str, Any]:
    """A row that has something in every column."""
    made = {name: value(dtype, org) for name, dtype in table.schema.items()}
    return {**made, **{name: said for name, said in fields.items() if name in made}, "tenant": org}


def rows(app: Whole, org: str) -> Iterator[tuple[Table, dict[str, Any]]]:
    """One of every table that flows write."""
    for stream in streams().values():
        fields = {**_named(stream, org), **_captured(app, stream, org)}
        for table in (stream.primary, *stream.derived_tables):
            yield table, row(table, org, **fields)
    yield DEAD_LETTERS, row(DEAD_LETTERS, org, stream="media")


def _named(stream: Stream, org: str) -> Mapping[str, Any]:
    objects = dict.fromkeys(stream.objects, f'{{"of":"{mark(org)}"}}')
    return {**objects, "stream": stream.name, "event_type": next(iter(stream.kinds)), "end_status": "completed"}


def _captured(app: Whole, stream: Stream, org: str) -> Mapping[str, Any]:
    """Of the session that the organisation's project has captured."""
    if "project_id" not in stream.primary.schema:
        return {}
    project = app.installation.control.projects.find("project", org)
    return {"project_id": project.id, "session_id": SESSIONS[org]}


@pytest.fixture(scope="module")
def stored(app: Whole) -> Whole:
    """The application once both organisations have rows, and records of consent, in it."""
    folder = app.installation.settings.tables_url
    for org in (HOME, OTHER):
        app.key(org)
        for table, made in rows(app, org):
            frame = pl.DataFrame([made], schema=table.schema)
            write_deltalake(f"{folder}/{table.name}", frame, mode="append", partition_by=list(table.partition_by))
        said = {"level": 2, "source": mark(org)}
        headers = {"Authorization": f"Bearer {app.token('user', org)}"}
        assert app.ask("POST", "/v1/consent", headers, json=said).status_code == 202
    for org in (HOME, OTHER):
        waiting(partial(_counted, app, org))
    return app


def _counted(app: Whole, org: str) -> bool:
    """Whether the view has the organisation's session."""
    headers = {"Authorization": f"Bearer {app.token('admin', org)}"}
    answer = app.ask("GET", "/v1/media/sessions/stats?period=30d", headers)
    return answer.status_code == 200 and answer.json()["total_sessions"] == 1


def paths(known: Known, of: str) -> Iterator[str]:
    """A route's path, and where it has parameters those by which an organisation's own is asked for."""
    template = known.of(of) if known.by_key or known.by_person else known.template
    for name in ("session_id", "id"):
        template = template.replace(f"{{{name}}}", quote(mark(of)))
    kinds = ("media", "analytics", "audit", "security", "error", "pose", "consent", "dead_letter")
    yield from (template.replace("{type}", kind) for kind in (kinds if "{type}" in template else kinds[:1]))


def answers(app: Whole, org: str, of: str, *asked_for: str) -> dict[str, str]:
    """What somebody of one organisation gets who asks for what is another's, by path."""
    found = {}
    for known in app.guarded:
        for path in paths(known, of) if "GET" in known.methods else ():
            for name in asked_for or ("",):
                asked = f"{path}?{name}={quote(mark(of))}" if name else path
                answer = app.ask("GET", asked, app.signed_in(known, "admin", org))
                assert answer.status_code in (200, 202, 400, 403, 404), (asked, answer.status_code, answer.text)
                found[asked] = answer.text + str(answer.headers)
    return found


@pytest.mark.parametrize(("org", "other"), [(HOME, OTHER), (OTHER, HOME)])
def test_nobody_sees_what_another_organisation_stored(stored: Whole, org: str, other: str) -> None:
    assert [path for path, text in answers(stored, org, org).items() if mark(other) in text] == []


def test_nobody_sees_it_who_asks_for_it_by_name(stored: Whole) -> None:
    for path, text in answers(stored, HOME, OTHER, *ASKED_FOR).items():
        assert _rows_of(text, OTHER) == 0, path


def _rows_of(text: str, org: str) -> int:
    """The organisation's free-form objects in an answer, which may repeat the name that it was asked for."""
    plain = text.replace("&#34;", '"').replace("&quot;", '"').replace(" ", "")
    return plain.count(f'"of":"{mark(org)}"')


def test_each_sees_their_own_so_that_there_was_something_to_see(stored: Whole) -> None:
    seen = [path for path, text in answers(stored, OTHER, OTHER).items() if mark(OTHER) in text]
    wanted = {"/v1/media/events", "/v1/analytics/track", "/v1/errors/report", "/v1/pose/frames", "/v1/consent"}
    wanted |= {"/v1/sessions", f"/v1/sessions/{SESSIONS[OTHER]}"}
    assert wanted | {"/dashboard/analytics", "/dashboard/audit", "/dashboard/security"} <= set(seen)


def test_what_answers_without_a_token_tells_nothing_of_anybody(stored: Whole) -> None:
    for path in PUBLIC_PATHS:
        assert "kept-by" not in stored.ask("GET", path.replace("{name}", "dashboard.css")).text, path
