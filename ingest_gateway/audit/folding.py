"""Floods of refusals: a minute keeps so many of one code from one address apart, the rest is one row."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.shared.times import SECOND_US
from web.audit_trail import Refusal

MOST_ALONE = 10
"""Refusals of one code from one address that a minute keeps apart."""
MOST_FOLDS = 4096
"""Pairs of address and code that a minute tells apart; what comes beyond them folds by its code alone."""
MOST_STRANGE_FOLDS = MOST_FOLDS // 2
"""Of them those that strangers begin: whoever has many addresses hides no refusal in an organisation with them."""
MINUTE_US = 60 * SECOND_US


@dataclass
class Fold:
    """A minute's refusals of one code from one address, "" where they are of many; `at` is its start (µs).

    The first is `first`; `count` are those that have no row of their own. `tenant` is theirs where it is one for all.
    """

    at: int
    address: str
    first: Refusal
    tenant: str = ""
    seen: int = 0
    count: int = 0

    def add(self, refusal: Refusal, *, alone: int) -> bool:
        """Whether it gets a row of its own; so many do."""
        self.seen += 1
        if self.seen <= alone:
            return True
        if self.count == 0:
            self.tenant = refusal.sender.tenant
        elif refusal.sender.tenant != self.tenant:
            self.tenant = ""
        self.count += 1
        return False


class Folding:
    """The folds of the minute that runs. Minutes are the clock's, so two processes fold alike."""

    def __init__(self) -> None:
        self._minute = 0
        self._folds: dict[tuple[str, str], Fold] = {}
        self._strange = 0

    def alone(self, refusal: Refusal, now: int) -> bool:
        """Whether the refusal gets a row of its own, at a time in µs; what has ended is asked for first."""
        self._minute = now // MINUTE_US
        key = refusal.sender.client_ip, refusal.code
        known = self._folds.get(key)
        if known is None and not self._room(refusal):
            return self._fold(("", refusal.code), refusal).add(refusal, alone=0)
        return (known or self._fold(key, refusal)).add(refusal, alone=MOST_ALONE)

    def ended(self, now: int) -> Iterator[Fold]:
        """What has been folded in the minute before, once; every minute that is not `now`'s has ended."""
        if now // MINUTE_US != self._minute:
            yield from self.all()

    def all(self) -> Iterator[Fold]:
        """What has been folded, ended or not, once."""
        folds, self._folds, self._strange = self._folds, {}, 0
        yield from (fold for fold in folds.values() if fold.count)

    @property
    def waiting(self) -> bool:
        """Whether anything has been folded."""
        return bool(self._folds)

    def _room(self, refusal: Refusal) -> bool:
        """Whether another pair of address and code is told apart."""
        return len(self._folds) < MOST_FOLDS and bool(refusal.sender.tenant or self._strange < MOST_STRANGE_FOLDS)

    def _fold(self, key: tuple[str, str], refusal: Refusal) -> Fold:
        if key not in self._folds:
            self._folds[key] = Fold(self._minute * MINUTE_US, key[0], refusal)
            self._strange += not refusal.sender.tenant
        return self._folds[key]
