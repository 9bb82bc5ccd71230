"""The media flow: playback events → media_events, session states, usage."""

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from flows.conveyor.sink import TablesSink
from flows.conveyor.source import LogSource
from flows.media.sessions import Sessions, newest
from flows.media.usage import added_up
from flows.steps.standard import Steps
from schemas.media.sessions import MEDIA_SESSION_STATES
from schemas.media.usage import MEDIA_USAGE

REDUCES = {MEDIA_SESSION_STATES.name: newest, MEDIA_USAGE.name: added_up}
"""What an epoch's batches come to, by table: one state a session, one row a minute and dimension."""


def build(source: LogSource, sink: TablesSink, steps: Steps) -> Dataflow:
    """The chain; every item is one micro-batch."""
    flow = Dataflow("media")
    polls = op.input("log", flow, source)
    # Poll: up to 24,000 messages as columns
    polls = op.flat_map("cut", polls, steps.cut)
    # Poll: never across the end of what a table has already
    batches = op.map("decode", polls, steps.decode)
    # Batch: one row an event, the wire's columns; what cannot be read is in tables["dead_letters"]
    batches = op.map("consent", batches, steps.consent)
    # Batch: only what the consent at event time lets through
    batches = op.map("repeats", batches, steps.repeats)
    # Batch: each event id once
    batches = op.map("client", batches, steps.client)
    # Batch: geo and device columns instead of the client's address
    batches = op.map("sessions", batches, Sessions.of(steps))
    # Batch: tables["media_session_states"], tables["media_usage"] beside the rows
    op.output("tables", op.key_on("share", batches, lambda _: "share"), sink)
    return flow
