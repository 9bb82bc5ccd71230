"""The OpenAPI document says what the routes do: examples, schemas, and no 5xx for anything derived from it."""

from typing import Any

import jsonschema
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schemas.shared.stream import Stream
from tests.ingest_gateway.conftest import POSTED, Gateway

ANSWERS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def document(gateway: Gateway) -> dict[str, Any]:
    """As a client gets it."""
    opened: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(gateway.app().openapi()))
    return opened


@pytest.fixture
def api(gateway: Gateway) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", gateway.app())


routes = schemathesis.pytest.from_fixture("api")


@routes.include(method="POST").parametrize()
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_whatever_is_sent_the_answer_is_one_that_the_document_names(
    case: schemathesis.Case[Any], gateway: Gateway
) -> None:
    case.headers["Authorization"] = f"Bearer {gateway.site.token()}"
    case.call_and_validate(checks=ANSWERS)


@pytest.mark.parametrize("stream", POSTED, ids=lambda stream: stream.name)
def test_every_stream_has_a_route_whose_example_fits_its_schema(document: dict[str, Any], stream: Stream) -> None:
    content = document["paths"][stream.path]["post"]["requestBody"]["content"]["application/json"]
    validator = jsonschema.Draft202012Validator(content["schema"])
    assert content["example"] == msgspec.json.decode(msgspec.json.encode(stream.example))
    validator.validate(content["example"])
    assert not validator.is_valid({})
    assert validator.is_valid({"events": [content["example"]]}) == stream.batches


@pytest.mark.parametrize("stream", POSTED, ids=lambda stream: stream.name)
def test_unknown_keys_are_as_welcome_in_the_document_as_on_the_route(document: dict[str, Any], stream: Stream) -> None:
    schema = document["paths"][stream.path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate({**stream.example, "a_key_of_tomorrow": 1}, schema)
    assert "additionalProperties" not in str(schema)
