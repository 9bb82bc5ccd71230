"""Why an item is not taken, by the names that answers and metrics have for it."""

from typing import Final

UNSUPPORTED: Final = "unsupported"
"""alias, which only ties identities together, or a type that there is not."""
NO_IDENTITY: Final = "no_identity"
"""Neither a userId nor an anonymousId."""
BAD_TIME: Final = "bad_time"
"""No time with an offset, or one that an event cannot have."""
BAD_EVENT: Final = "bad_event"
"""No item, or one without a name that can be stored."""
TOO_LARGE: Final = "too_large"
"""An item, or an object of it, with more bytes or depth than is stored."""


class Refused(Exception):
    """An item is not taken; its neighbours are."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
