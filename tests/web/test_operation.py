"""The document's schemas: one for each name, whoever describes it."""

import pytest
from msgspec import Struct, defstruct

from schemas.shared.faults import BadDeclaration
from web.operation import Described, Operation
from web.telemetry import TELEMETRY


class Answer(Struct):
    """What a route answers."""

    number: int


def described(described: Described, body: type[Struct]) -> None:
    described.operation(Operation("Something", responses={200: body}), "name", TELEMETRY, secured=False)


def test_one_type_of_several_routes_is_one_schema() -> None:
    document = Described()
    described(document, Answer)
    described(document, Answer)
    assert document.components["Answer"]["properties"] == {"number": {"type": "integer"}}


def test_another_type_of_the_same_name_is_refused_instead_of_taking_its_place() -> None:
    document = Described()
    described(document, Answer)
    with pytest.raises(BadDeclaration, match="two schemas of the API are called Answer"):
        described(document, defstruct("Answer", [("text", str)]))
