"""The OpenAPI document says what the routes do: examples and schemas (all of it is tried out in every_route)."""

from typing import Any

import jsonschema
import msgspec
import pytest

from schemas.shared.stream import Stream
from tests.ingest_gateway.conftest import POSTED, Gateway


@pytest.fixture
def document(gateway: Gateway) -> dict[str, Any]:
    """As a client gets it."""
    opened: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(gateway.app().openapi()))
    return opened


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
