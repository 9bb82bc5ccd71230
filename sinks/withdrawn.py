"""Takes out of a stream's tables what may not stay beside its flow, such as what consent does not allow any more.

What becomes of the sessions that lose a row, or have one at a lower level now, is the stream's to declare: in derived
tables that are REMADE (`sinks.remade`) they are made again of what is left; in those that are PLACED, whose rows are
each made of one primary row and have its place on the log, just these rows go or change; from others the sessions go,
and the flow of a stream that declares itself `folded` is asked to fold them again.

Guarantee: the row, its decision and the count change in one commit, as do a session's rows in each derived table; what
a flow appends meanwhile stays, and is decided by the flow. A run that dies is finished by the next: derived rows go or
change first, then the flow is asked for what is left of their sessions, and the rows that say which they are go last.
To do it twice does no harm: what is made again replaces all that was there, and the flow decides each row itself, so it
does not matter whether they are gone when it does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.shared.columns import Table
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream
from sinks.decided import BY_SESSION, PLACE, Key, Verdict, withdrawn
from sinks.files import TableFiles
from sinks.location import Location
from sinks.remade import Again, Left, afterwards_of, change_rows, remade

Ask = Callable[[pl.DataFrame], None]
"""Asks a stream's flow to fold sessions again; one row each, in the columns that the stream declares as `folded`."""

GoOn = Callable[[], None]
"""Raises what ends the work, such as when somebody else may be doing it by now."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a run did: rows that went, rows whose level is lower now, sessions that have any of these."""

    rows: int = 0
    lowered: int = 0
    sessions: int = 0


def unfinished(stream: str) -> str:
    """Under which a primary table notes 1 while rows went of it and what is due AFTERWARDS is not done, and then 0."""
    return f"withdrawn/{stream}/unfinished"


def withdraw(location: Location, decision: Verdict, partitions: Sequence[int], ask: Ask, go_on: GoOn) -> Withdrawn:
    """Decides the stored rows again.

    `partitions` are those of the log. `ask` is called for a stream that folds sessions, with those that lose a row or
    its level. `go_on` is called before every commit: who takes sessions out after another has asked for them, and asks
    no more, would lose them.

    Raises:
        ExchangeRaced: other upkeep kept changing a table; the next run finishes it.
        FlowBetween: a flow stands between two tables of a commit; the next run finds it further on.
        TablesUnavailable: the storage refused.
    """
    stream = decision.stream
    if not location.exists(stream.primary.name):
        return Withdrawn()
    files = TableFiles.open(location, stream.primary)
    touched = _touched_sessions(files, decision)
    if touched.height and files.transaction(withdrawn(stream.name)) < 0:
        go_on()
        # a flow that starts from now on knows that sessions may be in the primary table alone
        files.exchange([], files.scan([]).collect(), {withdrawn(stream.name): 0})
        touched = _touched_sessions(files, decision)
    if touched.height:
        placed = frozenset[str]().union(*declared_in("sinks", "PLACED").values())
        for table in (*stream.derived_tables, *stream.settled_tables):
            if table.name in placed and location.exists(table.name):
                _decided_with(TableFiles.open(location, table), files, decision, go_on)
                continue
            keys = _touched_keys(files, decision, table, touched)
            if keys is not None and location.exists(table.name):
                go_on()
                again = _again(table, Left(location, stream, decision.stays, keys, partitions))
                change_rows(TableFiles.open(location, table), keys, again)
        if stream.folded:
            ask(touched)
    rows, lowered = _decided_again(files, decision, go_on)
    if files.transaction(unfinished(stream.name)) == 1:
        _finish(location, decision, partitions, go_on)
    return Withdrawn(rows, lowered, touched.height)


def _touched_sessions(files: TableFiles, decision: Verdict) -> pl.DataFrame:
    """The sessions of rows that must go or be at a lower level, by what names them."""
    folded = {name: pl.col(name) for name in decision.stream.folded}
    return _touched(files, decision, folded or BY_SESSION)


def _touched_keys(files: TableFiles, decision: Verdict, table: Table, sessions: pl.DataFrame) -> pl.DataFrame | None:
    """What of a table has to be made again; None of a table that has nothing of the sessions."""
    how = remade(table.name)
    if how is not None and how.key is not BY_SESSION:
        return _touched(files, decision, how.key)
    return sessions if set(sessions.columns) <= set(table.schema) else None


def _touched(files: TableFiles, decision: Verdict, key: Key) -> pl.DataFrame:
    found = [decision.rows(files, path, key).select(*key).unique().collect() for path in decision.paths(files)]
    none = pl.DataFrame(schema=decision.stream.primary.schema).select(**key)
    return pl.concat([none, *found]).unique()


def _decided_with(files: TableFiles, primary: TableFiles, decision: Verdict, go_on: GoOn) -> None:
    """A table's rows are decided as the primary rows are that they are made of, file by file."""
    decided = pl.concat([decision.rows(primary, path).collect() for path in decision.paths(primary)])
    for path in files.listing()["path"]:
        made = files.scan([path]).join(decided.lazy(), on=PLACE, how="semi", nulls_equal=True)
        if made.select(pl.len()).collect().item():
            go_on()
            files.exchange([path], decision.applied(files.scan([path]), decided).collect(), {})


def _decided_again(files: TableFiles, decision: Verdict, go_on: GoOn) -> tuple[int, int]:
    """File by file, each in one commit with its count; how many rows went and how many are at a lower level now."""
    gone = lowered = 0
    # an exchange of one file changes no other
    for path in decision.paths(files):
        decided = decision.rows(files, path).collect()
        if decided.height:
            goes = decided.filter(decision.goes).height
            gone, lowered = gone + goes, lowered + decided.height - goes
            counted = decision.counted
            noted = {counted: max(0, files.transaction(counted)) + goes, **_due(decision.stream)}
            go_on()
            files.exchange([path], decision.applied(files.scan([path]), decided).collect(), noted)
    return gone, lowered


def _due(stream: Stream) -> Mapping[str, int]:
    return {unfinished(stream.name): 1} if afterwards_of(stream) else {}


def _finish(location: Location, decision: Verdict, partitions: Sequence[int], go_on: GoOn) -> None:
    """What is due AFTERWARDS, for everybody: which of them lost rows, a run that died has not told."""
    for afterwards in afterwards_of(decision.stream):
        go_on()
        afterwards(location, decision.people, partitions)
    go_on()
    files = TableFiles.open(location, decision.stream.primary)
    files.exchange([], files.scan([]).collect(), {unfinished(decision.stream.name): 0})


def _again(table: Table, left: Left) -> Again:
    how = remade(table.name)
    if how is None:
        return lambda files: pl.DataFrame(schema=files.declared.schema)
    return lambda files: left.made(how, files)
