"""What a command's exit code says of the error that ended it."""

import pytest

from control.faults import ControlUnavailable
from kinelake.exit_codes import FAILED, REFUSED, WRONG_USE, exit_code
from kinelake.faults import BadSettings, LogNotDrained
from schemas.shared.faults import KinelakeError
from web.faults import AddressTaken


@pytest.mark.parametrize(
    ("error", "by_hand", "supervised"),
    [
        (BadSettings("x"), WRONG_USE, WRONG_USE),
        (LogNotDrained("x"), FAILED, REFUSED),
        (ControlUnavailable("x"), FAILED, FAILED),
        (AddressTaken("x"), FAILED, FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_supervisor_hears_what_cannot_be_helped_by_trying_again(
    error: KinelakeError, by_hand: int, supervised: int
) -> None:
    assert exit_code(error, ["web"]) == by_hand
    assert exit_code(error, ["web", "--supervised"]) == supervised
