"""`kinelake` as it dies by kill -9 at a seam; its arguments are SEAM MESSAGES ARGUMENT….

SEAM is `before TABLE` or `after TABLE`, the first time a flow writes that table, or `before note`, when a replay has
sent letters and not noted it. MESSAGES are the most that a poll takes; 1 also has each of them committed by itself.
"""

import os
import signal
import sys
from typing import Any
from unittest.mock import patch

from flows.conveyor import sink, source
from flows.steps import device
from kinelake import replay
from kinelake.cli import app
from sinks.delta_sink import DeltaSink

NOTE = "before note"


def dying() -> None:
    """Runs the command of this process's arguments; returns only where it never comes to the seam."""
    _, seam, most, *arguments = sys.argv
    messages = int(most)
    when, place = seam.split()
    write = DeltaSink._write

    def written(own: DeltaSink, name: str, *rest: Any) -> None:
        die(name == place and when == "before")
        write(own, name, *rest)
        die(name == place and when == "after")

    with (
        patch.object(source, "POLL_MESSAGES", messages),
        patch.object(source, "ITEM_MESSAGES", messages),
        patch.object(sink, "COMMIT_ROWS", 0 if messages == 1 else sink.COMMIT_ROWS),
        patch.object(DeltaSink, "_write", written),
        # seconds of work that the clients of these tests never ask for
        patch.object(device, "_compile_rules", lambda: None),
        patch.object(replay, "_note", lambda *_: die(seam == NOTE)),
        patch.object(sys, "argv", ["kinelake", *arguments]),
    ):
        app()


def die(here: bool) -> None:
    """Nothing that this process has begun is ended by it."""
    if here:
        os.kill(os.getpid(), signal.SIGKILL)
