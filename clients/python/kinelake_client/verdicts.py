"""What became of each event of a call."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from .faults import Rejected


class FieldError(Struct, frozen=True):
    """One thing wrong with an event: which field, and why."""

    field: str
    message: str


class Verdict(Struct, frozen=True):
    """What became of the event at `index` of a call; `code` and `errors` say why it was rejected."""

    index: int
    event_id: str
    status: Literal["accepted", "rejected"]
    code: str | None = None
    errors: Sequence[FieldError] = ()

    @property
    def accepted(self) -> bool:
        """Whether it is durable."""
        return self.status == "accepted"


class Delivered(Struct, frozen=True):
    """The answer to all events of a call: one verdict each, in their order."""

    verdicts: Sequence[Verdict] = ()

    @property
    def rejected(self) -> Sequence[Verdict]:
        """Those that the server will never take as they are."""
        return [verdict for verdict in self.verdicts if not verdict.accepted]

    @property
    def accepted(self) -> int:
        """How many are durable."""
        return len(self.verdicts) - len(self.rejected)

    def raise_for_rejected(self) -> "Delivered":
        """Itself, where every event was taken; raises Rejected."""
        if self.rejected:
            raise Rejected(self.rejected, len(self.verdicts))
        return self
