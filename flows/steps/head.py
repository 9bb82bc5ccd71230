"""The head of every flow: what each event goes through before the steps that are its stream's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import bytewax.operators as op
from bytewax.dataflow import Dataflow, Stream

from control.store import Control
from flows.conveyor.batch import Batch
from flows.conveyor.sink import Reduce, TablesSink
from flows.conveyor.source import LogSource
from flows.steps.standard import Steps

Batches: TypeAlias = Stream[Batch]


def unchanged(batches: Batches, steps: Steps) -> Batches:
    """A stream whose rows go into its primary table as they are."""
    return batches


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream's own part of its flow: `FLOW` of its module in flows/.

    `build` chains its steps behind the head; `reduces` says what an epoch's batches come to, by table; `committed` is
    called with the batches of each commit, when they are in the tables.
    """

    build: Callable[[Batches, Steps], Batches] = unchanged
    reduces: Mapping[str, Reduce] = field(default_factory=dict)
    committed: Callable[[Control, Sequence[Batch]], None] | None = None


def dataflow(name: str, own: Flow, source: LogSource, sink: TablesSink, steps: Steps) -> Dataflow:
    """The whole chain from the log to the tables; every item is one micro-batch."""
    flow = Dataflow(name)
    batches = own.build(head(flow, source, steps), steps)
    op.output("tables", op.key_on("share", batches, lambda _: "share"), sink)
    return flow


def head(flow: Dataflow, source: LogSource, steps: Steps) -> Batches:
    """From messages to rows that may be stored; step names are permanent."""
    polls = op.input("log", flow, source)
    # Poll: some 24,000 messages as columns where that many wait
    polls = op.flat_map("cut", polls, steps.cut)
    # Poll: never across the end of what a table has already
    batches = op.map("decode", polls, steps.decode)
    # Batch: one row an event, the wire's columns; what cannot be read is in tables["dead_letters"]
    batches = op.map("tombstones", batches, steps.erased)
    # Batch: nothing that was erased
    batches = op.map("consent", batches, steps.consent)
    # Batch: only what the consent at event time lets through
    batches = op.map("repeats", batches, steps.repeats)
    # Batch: each event id once
    return op.map("client", batches, steps.client)
    # Batch: geo and device columns instead of the client's address
