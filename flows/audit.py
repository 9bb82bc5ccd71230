"""The audit flows: entries → audit_log, each row chained to its organisation's last one; refusals → security_log.

An organisation's rows lie on one partition, so one process makes its chain. Where it goes on is in the table itself:
an epoch that did not land leaves no link behind. Control learns of each commit's newest rows.
"""

from collections.abc import Mapping, Sequence

import bytewax.operators as op
import polars as pl
import structlog

from control.chains import ChainHead
from control.store import Control
from flows.conveyor.batch import Batch
from flows.steps.head import Batches, Flow
from flows.steps.standard import Start, Steps
from schemas.audit import AUDIT, SECURITY
from schemas.audit.chain import START, Link, chained
from sinks.reader import TableReader

log = structlog.get_logger()


def build(batches: Batches, steps: Steps) -> Batches:
    """Entries become links."""
    return op.map("chain", batches, Chain(newest_links(steps)))
    # Batch: the rows with their place in the chain and their digests


class Chain:
    """The step: it knows the newest link of every organisation whose rows it gets."""

    def __init__(self, newest: Mapping[str, Link]) -> None:
        self._newest = dict(newest)

    def __call__(self, batch: Batch) -> Batch:
        """The same rows as links of their chains."""
        if batch.rows.is_empty():
            return batch
        rows, self._newest = chained(batch.rows, self._newest)
        return batch.with_rows(rows)


def newest_links(steps: Steps) -> dict[str, Link]:
    """Organisation → the newest link there ever was, as far as table and control know; control is told of the table's.

    Where control knows of a later row than the table has, that row was taken away: the chain goes on behind it, and
    the gap stays for all to see.
    """
    stored = stored_links(steps.tables, steps.start)
    chains = steps.control.chains
    known = {name: Link(head.number, head.digest) for name, head in chains.newest().items()}
    unnoted = sum(link.number > known.get(name, START).number for name, link in stored.items())
    if unnoted:
        log.warning("audit rows that control had not noted; it has now", organisations=unnoted)
    chains.advance(_heads(stored))
    return {name: _later(known.get(name, START), stored.get(name, START)) for name in stored | known}


def _later(known: Link, stored: Link) -> Link:
    """Of one place in the chain control knows the row that was there first."""
    return stored if stored.number > known.number else known


def stored_links(tables: TableReader, start: Start) -> dict[str, Link]:
    """The newest link of each organisation in this process's partitions of the table."""
    ours = pl.col("log_partition").is_in(list(start.begin))
    rows = tables.scan(AUDIT.primary.name).filter(ours)
    # streaming: the table has years of rows
    newest = rows.group_by("tenant").agg(pl.col("chain_number").max()).collect(engine="streaming")
    links = rows.select("tenant", "chain_number", "digest").join(
        newest.lazy(), on=["tenant", "chain_number"], how="semi"
    )
    found = links.collect(engine="streaming")
    return {tenant: Link(number, bytes.fromhex(digest)) for tenant, number, digest in found.iter_rows()}


def noted(control: Control, batches: Sequence[Batch]) -> None:
    """What these batches brought is in the table: control learns of the newest link of each organisation."""
    rows = [batch.rows.select("tenant", "chain_number", "digest") for batch in batches if not batch.rows.is_empty()]
    if rows:
        last = pl.concat(rows).group_by("tenant", maintain_order=True).last()
        control.chains.advance(
            _heads({name: Link(number, bytes.fromhex(digest)) for name, number, digest in last.iter_rows()})
        )


def _heads(links: Mapping[str, Link]) -> dict[str, ChainHead]:
    return {name: ChainHead(link.number, link.digest) for name, link in links.items()}


FLOWS = {AUDIT.name: Flow(build, committed=noted), SECURITY.name: Flow()}
"""Control that is away stops the audit flow until it is back: what it has not noted, it notes at its next start."""
