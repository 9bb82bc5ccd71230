"""What every role's process does beside its work: it stops in order, says that it is alive, and shows its metrics.

Under `kinelake up` it also reports on stdout that it has started, and ends when its stdin does: a supervisor that was
killed leaves no orphans.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from control.faults import ControlUnavailable
from control.store import Control
from kinelake import garbage

BEAT_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Role:
    """A running role: its name, the flag that ends it, and where it tells what it has to tell."""

    name: str
    supervised: bool
    stopping: threading.Event = field(default_factory=threading.Event)
    detail: dict[str, Any] = field(default_factory=dict)
    beat_due: threading.Event = field(default_factory=threading.Event)

    def tell(self, **detail: Any) -> None:
        """Tells `status` something about this process, with a heartbeat that comes at once and in those after it."""
        self.detail.update(detail)
        self.beat_due.set()

    def started(self, **detail: Any) -> None:
        """Tells the supervisor that the role works from here on, and where."""
        garbage.started()
        if self.supervised:
            sys.stdout.buffer.write(msgspec.json.encode({"role": self.name, **detail}) + b"\n")
            sys.stdout.buffer.flush()
        log.info("started", pid=os.getpid(), **detail)


def now() -> datetime:
    """The system clock, UTC."""
    return datetime.now(UTC)


def instance() -> str:
    """This process among all of the installation."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def running(name: str, control: Control, supervised: bool) -> Iterator[Role]:
    """The frame around a role's work: signals set `stopping`, heartbeats go to control until it ends."""
    role = Role(name, supervised)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: role.stopping.set())
    if supervised:
        end_with_supervisor()
    ended = threading.Event()
    heart = threading.Thread(target=_beats, args=(role, control, ended), name="heartbeat", daemon=True)
    heart.start()
    try:
        yield role
    finally:
        ended.set()
        role.beat_due.set()
        heart.join()


def end_with_supervisor() -> None:
    """From now on the process gets SIGTERM when whoever holds the other end of its stdin is gone."""
    threading.Thread(target=_wait_for_end, name="supervisor", daemon=True).start()


def _wait_for_end() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _beats(role: Role, control: Control, ended: threading.Event) -> None:
    while not ended.is_set():
        role.beat_due.clear()
        _tell(lambda: control.heartbeats.beat(role.name, instance(), now(), {"pid": os.getpid(), **role.detail}))
        role.beat_due.wait(BEAT_SECONDS)
    _tell(lambda: control.heartbeats.remove(role.name, instance()))


def _tell(report: Callable[[], None]) -> None:
    """A role works on while the control store is away; `status` then shows it as silent."""
    try:
        report()
    except ControlUnavailable as error:
        log.warning("heartbeat_not_written", reason=str(error))
