"""What work needs that takes rows out beside a stream's flow: whether it may go on, and how the flow is asked."""

import polars as pl

from event_log import Record
from jobs.faults import WorkStopped
from jobs.work import Context
from schemas.shared.again import again_message
from schemas.shared.stream import Stream
from sinks.erased import GoOn
from sinks.withdrawn import Ask


def going_on(context: Context) -> GoOn:
    """Raises WorkStopped once the work is to end."""

    def go_on() -> None:
        if context.stopping.is_set():
            raise WorkStopped("the worker ends, or another has the job by now")

    return go_on


def asking(context: Context, stream: Stream) -> Ask:
    """Asks a stream's flow by its log."""

    def ask(sessions: pl.DataFrame) -> None:
        messages = (again_message(session) for session in sessions.iter_rows(named=True))
        context.publish(stream.name, [Record(key, value) for key, value in messages])

    return ask
