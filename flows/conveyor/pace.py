"""How long an epoch lasts while the flows of a process have caught up: longer, the more their turns cost together.

Of what a turn costs the most part is the same for one event as for hundreds. So a flow that few events come to would
take as much of a core as one that many come to, and a dozen of them all of it.
"""

SHARE = 0.3
"""Of a core, what turns may take together before epochs last longer."""

MOST = 4
"""Epochs last at most so many times as long as they are set."""


class Pace:
    """For the flows of a process, each in a thread of its own; `seconds` is how long an epoch is set to last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turns: dict[str, float] = {}

    def epoch(self, flow: str, turn: float) -> float:
        """How many seconds the flow's next epoch is to last; `turn` are the seconds of CPU that its last one took."""
        self._turns[flow] = turn
        wanted = sum(tuple(self._turns.values())) / SHARE
        return min(max(wanted, self._seconds), MOST * self._seconds)
