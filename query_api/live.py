"""A view of tables in this process, made anew in the background so that a request never waits for a table."""

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import structlog

from query_api.faults import ViewNotReady
from schemas.shared.faults import Transient

STALE_SECONDS = 15
"""A view that could not be renewed for so long makes the process not ready."""

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)

log = structlog.get_logger()


class Keeper(Protocol[V_co]):
    """Makes one view after the other, on one thread."""

    def refresh(self) -> V_co:
        """The view of now."""
        ...


class Live(Generic[V]):
    """Renews a view every `poll_ms`; readers get the newest one whole. `name` says what of, in words."""

    def __init__(self, name: str, keeper: Callable[[], Keeper[V]], poll_ms: int) -> None:
        self.name = name
        self._open = keeper
        self._seconds = poll_ms / 1000
        self._view: V | None = None
        self._renewed = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins to read the tables; until they are read once, `view` raises ViewNotReady."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the background thread."""
        self._stopped.set()
        self._thread.join()

    def view(self) -> V:
        """The newest view."""
        if self._view is None:
            raise ViewNotReady(f"the {self.name} are still being read; try again")
        return self._view

    async def check(self) -> None:
        """Readiness: raises ViewNotReady before the first view and when renewing has failed for a while."""
        self.view()
        silent = time.monotonic() - self._renewed
        if silent > STALE_SECONDS or not self._thread.is_alive():
            raise ViewNotReady(f"the {self.name} could not be read for {silent:.0f} s; see the log")

    def _run(self) -> None:
        keeper: Keeper[V] | None = None
        while not self._stopped.is_set():
            try:
                keeper = keeper or self._open()
                self._view = keeper.refresh()
                self._renewed = time.monotonic()
            except Transient as error:
                log.warning("view_not_renewed", view=self.name, reason=str(error))
                keeper = None
            except Exception:
                log.exception("view_failed", view=self.name)
                keeper = None
            self._stopped.wait(self._seconds if keeper else 1.0)
