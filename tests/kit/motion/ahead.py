"""A worker for films whose clock is ahead, so that the leases of those that died before it have run out."""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from jobs.lane import Lane
from jobs.motion import KINDS
from jobs.worker import Worker
from kinelake.installation import Installation
from kinelake.settings import load
from tests.kit.forked import Forked


def worker(data: Path, ahead: timedelta, beside: Path) -> Forked:
    """Its process; what is beside the stores while it works lies in the folder `beside`."""
    printed = data.with_name("worker.out")
    told = [str(data), str(ahead.total_seconds())]
    return Forked(told, {**os.environ, "TMPDIR": str(beside)}, printed, main=main)


def main() -> None:
    """Until SIGTERM."""
    data, seconds = sys.argv[1:]
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    installation = Installation(load({"data": data}, dict(os.environ)))

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(seconds))

    Worker(installation.lake, KINDS, {Lane.FILM: 1}, f"worker {os.getpid()}", clock, stopping).run()
    installation.close()
