"""A column that is not called as its field, and a 202 that counts by another name, are declared like all else."""

from dataclasses import replace
from typing import Annotated, Any

import pytest
from msgspec import Meta

from schemas.shared.faults import BadDeclaration
from tests.schemas.test_declaration import column, event, headed, stream


def called(name: str) -> Any:
    """A flag whose column has another name."""
    return Annotated[bool, Meta(extra={"column": name})]


REFUSED: list[tuple[str, Any, str]] = [
    ("a column of the envelope", lambda: stream(event(x=called("city"))), "`x` of Reading is a column"),
    ("a column that is no name", lambda: stream(event(x=called("my x"))), "`x` of Reading must be"),
    ("another's column", lambda: stream(event(x=called("y"), y=bool)), "`y` stands 2"),
    ("an added column that a field is called", lambda: stream(event(x=called("y")), added=(column("y"),)), "'y'"),
    ("a head's other column", lambda: headed(x=called("y")), "`x` of Head has its own name"),
    ("a count called status", lambda: replace(headed(x=bool), accepted_as="status"), "accepted_as 'status'"),
    ("a count called as an echo", lambda: replace(headed(x=bool, echo=("x",)), accepted_as="x"), "accepted_as 'x'"),
]


@pytest.mark.parametrize(("declare", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_would_lose_data_is_refused_with_its_reason(declare: Any, reason: str) -> None:
    with pytest.raises(BadDeclaration) as refused:
        declare()
    assert reason in str(refused.value)


def test_the_table_has_the_column_and_the_client_the_field() -> None:
    declared = stream(event(x=called("y")))
    assert "y" in declared.primary.schema
    assert "x" not in declared.primary.schema
