"""Foreign errors as ours: every one is mapped, and the message says what to do."""

import deltalake.exceptions
import pytest
from deltalake.exceptions import CommitFailedError, DeltaError, DeltaProtocolError, SchemaMismatchError
from polars.exceptions import InvalidOperationError

from schemas.shared.faults import KinelakeError
from sinks.faults import TRANSLATIONS, TableIncompatible, TablesUnavailable, translated


@pytest.mark.parametrize(
    ("foreign", "ours", "advice"),
    [
        (SchemaMismatchError("x"), TableIncompatible, "version of Kinelake"),
        (DeltaProtocolError("x"), TableIncompatible, "version of Kinelake"),
        (CommitFailedError("x"), TablesUnavailable, "try again"),
        (DeltaError("x"), TablesUnavailable, "KINELAKE_TABLES_URL"),
        (PermissionError("x"), TablesUnavailable, "its rights"),
        (InvalidOperationError("x"), TableIncompatible, "correct the flow"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_foreign_error_becomes_ours(foreign: Exception, ours: type[KinelakeError], advice: str) -> None:
    with pytest.raises(ours, match=rf"cannot use the place: x; .*{advice}") as caught, translated("the place"):
        raise foreign
    assert caught.value.__cause__ is foreign


@pytest.mark.parametrize("name", deltalake.exceptions.__all__)
def test_every_error_of_delta_is_mapped_before_its_base(name: str) -> None:
    error = getattr(deltalake.exceptions, name)
    assert error in [foreign for foreign, _, _ in TRANSLATIONS]
    with pytest.raises(KinelakeError), translated("a table"):
        raise error("x")


def test_rusts_colours_and_stack_frames_are_not_shown() -> None:
    noisy = "Generic error\n  \x1b[31m↳\x1b[0m refused\n   0: <unknown>\n   1: start_thread\n"
    with pytest.raises(TablesUnavailable, match="cannot use a: Generic error refused; check"), translated("a"):
        raise OSError(noisy)


def test_an_error_that_is_not_foreign_passes() -> None:
    with pytest.raises(KeyError), translated("a"):
        raise KeyError("ours")
