"""How long to wait before a role that died is started again."""

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STABLE_SECONDS = 60.0


class Backoff:
    """Doubles from half a second to half a minute; a role that ran for a minute begins anew."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS
        self.failures = 0

    def after(self, ran_seconds: float) -> float:
        """Seconds to wait after a run of that length."""
        if ran_seconds >= STABLE_SECONDS:
            self._next, self.failures = FIRST_SECONDS, 0
        self.failures += 1
        wait, self._next = self._next, min(2 * self._next, LONGEST_SECONDS)
        return wait
