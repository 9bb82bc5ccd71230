"""What the clients were told of each event, and what must follow from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

MARK = "chaos_mark"
"""A key of the body that no schema knows: by it an event is found in the tables whatever id it got."""


class Ledger:
    """Answers by event: 2xx or 4xx; None stands for a 5xx or no answer at all."""

    def __init__(self) -> None:
        self._answers: defaultdict[str, list[int | None]] = defaultdict(list)
        self.accepted = 0
        """Times that any event got a 2xx."""

    def __len__(self) -> int:
        return len(self._answers)

    def note(self, marks: Iterable[str], status: int | None) -> None:
        """All these events got this answer."""
        for mark in marks:
            self._answers[mark].append(status if status is not None and status < 500 else None)
            self.accepted += status == 202

    def unanswered(self) -> int:
        """Events whose fate no client was ever told."""
        return sum(set(answers) == {None} for answers in self._answers.values())

    def retried_to_success(self) -> int:
        """Events that got a 2xx only after a 5xx or silence."""
        return sum(None in answers and accepted(answers) for answers in self._answers.values())

    def violations(self, stored: Mapping[str, int]) -> list[str]:
        """Every event that is in the table another number of times than its answers allow."""
        wrong = [f"{mark} was never sent and is stored" for mark in stored.keys() - self._answers.keys()]
        for mark, answers in self._answers.items():
            allowed = times_allowed(answers)
            if stored.get(mark, 0) not in allowed:
                wrong.append(f"{mark} is stored {stored.get(mark, 0)} times, answers were {answers}")
        return wrong


def accepted(answers: Iterable[int | None]) -> bool:
    """Whether one of the answers was a 2xx."""
    return any(status is not None and 200 <= status < 300 for status in answers)


def times_allowed(answers: list[int | None]) -> set[int]:
    """2xx once: exactly once; only refusals: never; else at most once."""
    if accepted(answers):
        return {1}
    return {0, 1} if None in answers else {0}
