"""The links of all chains, read from the table's files a slice at a time; each row is judged by itself on the way."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import polars as pl
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileType

from schemas.audit.chain import ERASED, PERSONAL, PLAIN, digest_of, forms, personal_digest, plain_forms
from sinks.faults import TableIncompatible, translated
from sinks.files import TableFiles

SLICE_ROWS = 32_768
"""Rows that are held at once; of the others only their links are."""
HEX = ("previous", "digest", "personal_digest", "salt")
COLUMNS = (*PLAIN, *PERSONAL, *HEX)

LINKS = pl.Schema(
    {
        "tenant": pl.String,
        "number": pl.Int64,
        "previous": pl.Binary,
        "digest": pl.Binary,
        "sound": pl.Boolean,
        "erased": pl.Boolean,
    }
)
"""A row's place: bytes instead of hex, `sound` where its digests are those of what it says."""


class Read(NamedTuple):
    """The links by organisation and number, and the files that the table names and that cannot be read.

    unread: `path`, and the least and largest organisation in it as `least` and `largest`.
    """

    links: pl.DataFrame
    unread: pl.DataFrame


def read(files: TableFiles, organisation: str | None = None) -> Read:
    """Every link there is, or those of one organisation. Raises TablesUnavailable while the storage is away."""
    listed = files.listing()
    there = _there(files, listed["path"].to_list())
    found: list[pl.DataFrame] = []
    for path, rows in listed.select("path", "rows").iter_rows():
        try:
            with translated(path):
                found += _links(files, path, rows, organisation) if path in there else []
        except TableIncompatible:
            there.discard(path)
    unread = listed.filter(~pl.col("path").is_in(list(there))).select("path", least="min.tenant", largest="max.tenant")
    links = pl.concat(found) if found else pl.DataFrame(schema=LINKS)
    return Read(links.sort("tenant", "number"), unread)


def rows_at(files: TableFiles, paths: Collection[str], organisation: str, numbers: Collection[int]) -> pl.DataFrame:
    """The whole rows at some places of an organisation's chain."""
    wanted = (pl.col("tenant") == organisation) & pl.col("chain_number").is_in(list(numbers))
    with translated(files.declared.name):
        return files.scan(paths).filter(wanted).collect()


def judged(rows: pl.DataFrame) -> pl.DataFrame:
    """The LINKS of whole rows."""
    known = rows.with_columns(pl.col(name).str.decode("hex", strict=False) for name in HEX)
    erased = known["salt"].is_null()
    personal = _personal(known)
    of = zip(known["previous"], plain_forms(rows), personal, strict=True)
    digests = [digest_of(before or b"", form, digest or b"") for before, form, digest in of]
    sound = (known["digest"] == pl.Series(digests, dtype=pl.Binary)) & (
        known["personal_digest"] == pl.Series(personal, dtype=pl.Binary)
    )
    return known.select(
        pl.col("tenant").fill_null(""),
        pl.col("chain_number").fill_null(0).alias("number"),
        "previous",
        "digest",
        (sound.fill_null(False) & (~erased | scrubbed(rows))).alias("sound"),
        erased.alias("erased"),
    ).cast(LINKS)


def scrubbed(rows: pl.DataFrame) -> pl.Series:
    """Whether each row's personal columns are as an erasure leaves them."""
    return rows.select(pl.all_horizontal(pl.col(name).eq_missing(left) for name, left in ERASED.items())).to_series()


def _personal(rows: pl.DataFrame) -> Sequence[bytes | None]:
    """What each row's personal digest must be; of an erased row nothing but itself is left to say."""
    of = zip(rows["salt"], forms(rows, PERSONAL), rows["personal_digest"], strict=True)
    return [stored if salt is None else personal_digest(salt, form) for salt, form, stored in of]


def _links(files: TableFiles, path: str, rows: int, organisation: str | None) -> list[pl.DataFrame]:
    return [judged(part) for part in _parts(files, path, rows, organisation)]


def _parts(files: TableFiles, path: str, rows: int, organisation: str | None) -> Iterator[pl.DataFrame]:
    scanned = files.scan([path]).select(COLUMNS)
    wanted = pl.lit(value=True) if organisation is None else pl.col("tenant") == organisation
    for start in range(0, rows, SLICE_ROWS):
        yield scanned.slice(start, SLICE_ROWS).filter(wanted).collect()


def _there(files: TableFiles, paths: Sequence[str]) -> set[str]:
    """Those of the files that the storage has."""
    if not paths:
        return set()
    with translated(files.declared.name):
        infos = DeltaStorageHandler(files.table.table_uri).get_file_info(list(paths))
    return {path for path, info in zip(paths, infos, strict=True) if info.type == FileType.File}
