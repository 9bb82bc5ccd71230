"""What may go wrong, by what can be done about it."""


class TelemetryError(Exception):
    """Every error of this package."""


class QueueFailed(TelemetryError):
    """The queue's file cannot be read or written; the message says why."""


class ItemTooLarge(TelemetryError):
    """One item is larger than a request may be: send a trajectory in parts."""


class Busy(TelemetryError):
    """The server is away or asks to come back later, in `retry_after` seconds if it says so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(TelemetryError):
    """The server will not take a batch however often it is sent.

    status: of the answer. code: its `error`. index, field: the item and field at fault, where it says so.
    items: how many were given up for it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        index: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.index = index
        self.field = field
        self.items = 0
