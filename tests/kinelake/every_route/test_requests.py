"""Every route of the application by every method, slash form, content type and Accept: always an answer in shape."""

from collections.abc import Iterator

import pytest

from tests.kit.refusals import flaw
from tests.kit.whole import Known, Whole

pytestmark = pytest.mark.xdist_group("every_route")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW")
TYPES = ("", "text/plain", "text/html", "multipart/form-data; boundary=x", "application/xml", "application/jsonx",
         "application/json; charset=utf-16", "json", "*/*", ";")  # fmt: skip
ACCEPTS = ("application/xml", "image/png;q=0.1", "text/event-stream", ";;;", "*/*;q=0", "x" * 1000)
NOWHERE = ("/", "/v1", "/v2/media/events", "/v1/media", "/v1/nothing", "/v1//media/events", "/v1/admin", "/dashboards",
           "/v1/gdpr", "/v1/analytics", "/v1/analytics/nothing", "/api", "/api/nothing", "/api/sql",
           "/docs/nothing", "/robots.txt", "/%2e%2e/etc/passwd", "/v1/media/events%00")  # fmt: skip


def role_of(known: Known) -> str:
    return "system" if known.template == "/v1/audit/ingest" else "admin"


def posting(app: Whole) -> Iterator[Known]:
    """The routes that read a JSON body which has to say that it is one."""
    document = app.app.openapi()["paths"]
    for known in (each for each in app.guarded if not each.by_write_key):
        body = document.get(known.template, {}).get("post", {}).get("requestBody", {"content": ()})
        if "application/json" in body["content"]:
            yield known


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_a_path_does_not_list_is_a_405_that_says_which_it_does(app: Whole, method: str) -> None:
    found = {}
    for known in app.routes:
        if method not in known.methods:
            answer = app.ask(method, known.path, app.signed_in(known, role_of(known)))
            listed = ", ".join(sorted(known.methods))
            found[known.template] = flaw(answer, known, 405, "method_not_allowed") or (
                "" if answer.headers["Allow"] == listed else answer.headers["Allow"]
            )
    assert {name: said for name, said in found.items() if said} == {}


def test_options_says_what_a_path_answers_and_wants_no_token(app: Whole) -> None:
    for known in app.routes:
        answer = app.ask("OPTIONS", known.path)
        assert (answer.status_code, answer.content) == (204, b""), known
        assert answer.headers["Allow"] == ", ".join(known.methods), known


def test_head_answers_what_get_does_and_sends_no_body_over_the_wire(app: Whole) -> None:
    for known in app.routes:
        if "GET" in known.methods:
            headers = app.signed_in(known)
            got, head = (app.ask(method, known.path, headers) for method in ("GET", "HEAD"))
            assert "HEAD" in known.methods, known
            assert head.status_code == got.status_code, known
            assert head.headers.get("Content-Type") == got.headers.get("Content-Type"), known


def test_a_path_with_a_slash_behind_it_answers_the_same_without_a_redirect(app: Whole) -> None:
    for known in app.routes:
        method = known.methods[0] if known.methods[0] != "OPTIONS" else known.methods[-1]
        plain, slashed = (app.ask(method, f"{known.path}{slash}") for slash in ("", "/"))
        assert slashed.status_code == plain.status_code, known
        assert slashed.status_code not in (301, 302, 307, 308), known
        assert slashed.headers.get("Content-Type") == plain.headers.get("Content-Type"), known


@pytest.mark.parametrize("kind", TYPES)
def test_a_body_that_does_not_say_that_it_is_json_is_a_415(app: Whole, kind: str) -> None:
    found = {}
    for known in posting(app):
        headers = {**app.signed_in(known, role_of(known)), "Content-Type": kind}
        answer = app.ask("POST", known.path, headers, content=b"{}")
        found[known.template] = flaw(answer, known, 415, "unsupported_media_type")
    assert len(found) >= 6
    assert {name: said for name, said in found.items() if said} == {}


def test_a_body_without_a_content_type_is_a_415(app: Whole) -> None:
    for known in posting(app):
        answer = app.ask("POST", known.path, app.signed_in(known, role_of(known)), content=b"{}")
        assert flaw(answer, known, 415, "unsupported_media_type") == "", known


@pytest.mark.parametrize("accept", ACCEPTS, ids=range(len(ACCEPTS)))
def test_what_a_client_would_rather_have_changes_nothing(app: Whole, accept: str) -> None:
    for known in app.routes:
        if "GET" in known.methods:
            headers = app.signed_in(known)
            plain, asked = (app.ask("GET", known.path, more) for more in (headers, {**headers, "Accept": accept}))
            assert (asked.status_code, asked.headers.get("Content-Type")) == (
                plain.status_code, plain.headers.get("Content-Type"),
            ), known  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_where_nothing_is_the_answer_is_a_404_in_shape(app: Whole, method: str, path: str) -> None:
    answer = app.ask(method, path, {"Authorization": f"Bearer {app.token()}"})
    assert flaw(answer, Known(path, ()), 404, "not_found") == ""
