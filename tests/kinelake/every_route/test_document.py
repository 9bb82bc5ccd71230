"""The OpenAPI document of the whole application against it: no 5xx, and every answer fits its declared schema."""

from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.kinelake.every_route.test_requests import role_of
from tests.kit.whole import ELSEWHERE, HOME, Known, Whole

# all operations in one test: on a slow machine minutes
pytestmark = [pytest.mark.xdist_group("every_route"), pytest.mark.timeout(600)]

CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CASES = 20
"""Of each operation."""


@schemathesis.serializer("application/msgpack", "application/x-msgpack", "application/octet-stream")
def packed(context: Any, value: Any) -> bytes:
    """A generated body as MessagePack; what that cannot say is no body."""
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, UnicodeEncodeError):
        reject()


@schemathesis.serializer("application/cmcd", "text/cmcd")
def written(context: Any, value: Any) -> bytes:
    """A generated body of lines; what cannot be written is no body."""
    try:
        return str(value).encode()
    except UnicodeEncodeError:
        reject()


@pytest.fixture(scope="module")
def document(app: Whole) -> dict[str, Any]:
    """As a client gets it."""
    return dict(app.ask("GET", "/openapi.json").json())


def sent(app: Whole, case: schemathesis.Case[Any], headers: dict[str, str]) -> httpx.Response:
    """The answer to a generated request."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://kinelake.test")).prepare()
    named = {**{name: str(value) for name, value in prepared.headers.items()}, **headers}
    named.pop("Content-Length", None)
    return app.ask(str(prepared.method), str(prepared.url), named, content=prepared.body or b"")


def checks_of(operation: Any) -> list[Any]:
    """All; but what a route always answers, such as 501 for what is off, is no failure."""
    always = "501" in operation.definition.raw["responses"]
    return [check for check in CHECKS if not always or check is not schemathesis.checks.not_a_server_error]


def trial(app: Whole, operation: Any) -> Callable[[], None]:
    """Sends what the operation's schema makes of it, and checks what comes back."""
    known = Known(operation.path, ())
    checks = checks_of(operation)

    @settings(
        max_examples=CASES,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy())
    def tried(case: schemathesis.Case[Any]) -> None:
        headers = app.signed_in(known, role_of(known), ELSEWHERE)
        case.validate_response(sent(app, case, headers), checks=checks)

    return tried


def test_whatever_is_sent_the_answer_is_one_that_the_document_names(app: Whole, document: dict[str, Any]) -> None:
    tried = []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), found
        trial(app, found.ok())()
        tried.append(found.ok().label)
    assert len(tried) >= 25


def test_the_document_names_every_route_but_the_pages_of_the_dashboard_and_of_the_docs(
    app: Whole, document: dict[str, Any]
) -> None:
    undescribed = {known.template for known in app.routes} - set(document["paths"])
    pages = ("/dashboard", "/docs", "/motion/", "/try")
    assert {path for path in undescribed if not path.startswith(pages)} <= {"/metrics"}
    for known in app.routes:
        for method, _ in known.operations() if known.template in document["paths"] else ():
            assert method.lower() in document["paths"][known.template], known


def test_every_example_of_the_document_fits_its_schema_and_is_taken(app: Whole, document: dict[str, Any]) -> None:
    taken = []
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(content["example"])
        known = Known(path, ())
        org = ELSEWHERE if known.by_key or known.by_person else HOME
        headers = {**app.signed_in(known, role_of(known), org), "Content-Type": "application/json"}
        answer = app.ask("POST", known.of(org), headers, content=msgspec.json.encode(content["example"]))
        well = (200, 201) if org == ELSEWHERE or known.by_write_key else (202,)
        assert answer.status_code in well, (path, answer.text)
        taken.append(path)
    assert len(taken) >= 6


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.text(max_size=12), st.text(max_size=40), max_size=4), pick=st.integers(0, 10**6))
def test_whatever_stands_in_a_query_no_get_fails(app: Whole, query: dict[str, str], pick: int) -> None:
    readable = [known for known in app.guarded if "GET" in known.methods]
    known = readable[pick % len(readable)]
    answer = app.ask("GET", known.path, app.signed_in(known), params=query)
    assert answer.status_code < 500, (known, query, answer.text)
