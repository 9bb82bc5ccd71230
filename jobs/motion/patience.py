"""What took minutes is not done again because a store is away for a moment."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay
from tenacity.wait import wait_fixed

from jobs.faults import WorkStopped
from jobs.work import Stopping
from schemas.shared.faults import Transient

T = TypeVar("T")

PAUSE_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 60.0


def patiently(stopping: Stopping, step: Callable[..., T], *given: Any, **named: Any) -> T:
    """What `step` gives, which is harmless to do twice; raises what it raised last, a minute later or at a stop."""

    def may_pass(error: BaseException) -> bool:
        return isinstance(error, Transient) and not isinstance(error, WorkStopped) and not stopping.is_set()

    patient = Retrying(
        retry=retry_if_exception(may_pass),
        wait=wait_fixed(PAUSE_SECONDS),
        stop=stop_after_delay(LONGEST_SECONDS),
        reraise=True,
    )
    return patient(step, *given, **named)
