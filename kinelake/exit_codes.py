"""How a command ends, for whoever started it."""

from collections.abc import Sequence

from kinelake.faults import BadSettings
from schemas.shared.faults import KinelakeError, Terminal
from web.faults import AddressTaken

FAILED = 1
WRONG_USE = 2
REFUSED = 3
"""Only a supervisor's role ends so: to start it again as things are changes nothing."""


def exit_code(error: KinelakeError, arguments: Sequence[str]) -> int:
    """That of the command with these arguments which the error ended."""
    if isinstance(error, BadSettings):
        return WRONG_USE
    return REFUSED if "--supervised" in arguments and _stays(error) else FAILED


def _stays(error: KinelakeError) -> bool:
    """Whether trying again cannot help; but who has the address may be a role of a killed `up` that still drains."""
    return isinstance(error, Terminal) and not isinstance(error, AddressTaken)
