"""Dead letters of erased people: a letter's bytes are a message as it lay on the log, and their head says whose it is.

A letter is a person's where its columns say so, or where it could not be read and its bytes name them all the same. It
is from before where it was taken in, or had happened, or, of one that does not say either, in any case; and where it is
of a session that went, whenever it came.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from schemas.shared.columns import TIMESTAMP
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.scopes import SESSION, reach_of
from sinks.erased import Erasing, GoOn, Went, change_files
from sinks.erased_stream import application
from sinks.files import TableFiles
from sinks.location import Location

TIMES = r'"(?:received_at|occurred_at)":(-?\d{1,18})'


def erase_letters(location: Location, erasing: Erasing, go_on: GoOn) -> Mapping[str, Went]:
    """Takes them out of the table, file by file; what went, by table. Raises as `sinks.erased.change_files` does."""
    if not location.exists(DEAD_LETTERS.name):
        return {}
    files = TableFiles.open(location, DEAD_LETTERS)
    went = change_files(
        files,
        lambda: files.listing()["path"].to_list(),
        lambda rows: _going(rows, erasing),
        lambda rows, going: rows.join(going, on="row", how="anti"),
        go_on,
        _noted,
    )
    return {DEAD_LETTERS.name: went}


def _going(rows: pl.DataFrame, erasing: Erasing) -> pl.DataFrame:
    times = pl.col("value").cast(pl.String, strict=False).str.extract_all(TIMES).list.eval(_time()).list.min()
    dated = rows.with_columns(began=times.cast(TIMESTAMP))
    parts = [
        dated.filter(_theirs(person, _sessions(erasing, person))).with_columns(
            erasure=pl.lit(person["erasure"], pl.Int64)
        )
        for person in _people(erasing)
    ]
    found = pl.concat([dated.clear().with_columns(erasure=pl.lit(None, pl.Int64)), *parts])
    return found.unique("row", keep="first", maintain_order=True).drop("began")


def _time() -> pl.Expr:
    return pl.element().str.extract(r"(-?\d+)$").cast(pl.Int64, strict=False)


def _people(erasing: Erasing) -> Iterator[dict[str, Any]]:
    return erasing.people.iter_rows(named=True)


def _sessions(erasing: Erasing, person: Mapping[str, Any]) -> list[str]:
    """Those that went with the person's erasure."""
    return erasing.sessions.filter(pl.col("erasure") == person["erasure"])[SESSION].to_list()


def _theirs(person: Mapping[str, Any], sessions: list[str]) -> pl.Expr:
    """The letters of a person that are from before their erasure, or of a session that went with it."""
    told = (pl.col("tenant") == person["tenant"]) & (pl.col("subject") == person["subject"])
    named = says("tenant", person["tenant"]) & says("subject", person["subject"])
    before = (pl.col("began") < person["erased_at"]).fill_null(value=True)
    gone = pl.any_horizontal(before, *(says(SESSION, session) for session in sessions))
    reach = reach_of(person["scope"])
    within = says(*reach) if reach.column else pl.lit(value=True)
    found: pl.Expr = (told | named).fill_null(value=False) & within & gone
    return found


def says(key: str, text: str) -> pl.Expr:
    """Whether a letter's bytes have that key with that text, as every message is written."""
    named = msgspec.json.encode({key: text})[1:-1]
    said: pl.Expr = pl.col("value").bin.contains(named).fill_null(value=False)
    return said


def _noted(going: pl.DataFrame) -> Mapping[str, int]:
    return {application(stream): count for stream, count in going.group_by("stream").len().iter_rows()}
