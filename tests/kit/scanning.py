"""Whether a word stands anywhere in files: as it is, encoded, compressed, or inside Parquet and SQLite.

What is looked for is made unmistakable (`canary`), so that what is found is what was planted.
"""

import base64
import secrets
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Final, NamedTuple, TypeAlias

import obstore
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from obstore.store import ObjectStore

MOST_BYTES: Final = 256 * 2**20
"""Of what is decompressed at one place."""
DEEPEST: Final = 4
"""Containers within each other."""
DRAWN: Final = 12
"""Letters at either end of a word, so that each half of it is unmistakable."""

BATCH_BYTES: Final = 64 * 2**20
"""What is looked through at once."""

Part: TypeAlias = tuple[str, bytes]
"""A place, and what stands there."""

GZIP: Final = b"\x1f\x8b\x08"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
PARQUET: Final = b"PAR1"
SQLITE: Final = b"SQLite format 3\x00"


class Found(NamedTuple):
    """A word at a place: the file's name, and through which containers and forms it was seen."""

    word: str
    place: str


def canary(name: str) -> str:
    """A word that nothing else has: the name between letters that were drawn, of which either half has some 50 bits.

    Letters alone, since what has digits may be masked as a number of somebody's.
    """
    before, behind = ("".join(secrets.choice(ascii_lowercase) for _ in range(DRAWN)) for _ in range(2))
    return f"{before}{name}{behind}"


def forms(word: str) -> Mapping[str, bytes]:
    """Form → the bytes that a file has wherever the word stands in it so.

    A page, block or part may end inside a word: one of its halves is then whole.
    """
    raw = word.encode()
    half = len(raw) // 2
    return {
        "raw, first half": raw[:half],
        "raw, second half": raw[half:],
        "UTF-16 LE": word.encode("utf-16-le"),
        "UTF-16 BE": word.encode("utf-16-be"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        **{f"base64 at {shift}": _base64(raw, shift) for shift in range(3)},
        **{f"base64url at {shift}": _base64(raw, shift, b"-_") for shift in range(3)},
    }


def _base64(raw: bytes, shift: int, altchars: bytes | None = None) -> bytes:
    """What of base64 does not depend on the bytes around it, where so many stand before it in its group of three."""
    coded = base64.b64encode(bytes(shift) + raw, altchars)
    begin = -(-shift * 8 // 6)
    return coded[begin : (shift + len(raw)) * 8 // 6]


class Scanner:
    """Looks for words."""

    def __init__(self, words: Collection[str]) -> None:
        self._forms = {
            pattern.decode("latin-1"): (word, form) for word in words for form, pattern in forms(word).items()
        }
        self._patterns = list(self._forms)

    def folder(self, folder: Path) -> set[Found]:
        """What stands in the files below a folder, and in their names."""
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return self.things((str(path.relative_to(folder)), path.read_bytes(), path) for path in files)

    def bucket(self, store: ObjectStore) -> set[Found]:
        """What stands in the objects of a store, and in their names."""
        names = [entry["path"] for page in obstore.list(store) for entry in page]
        return self.things((name, bytes(obstore.get(store, name).bytes()), None) for name in names)

    def things(self, things: Iterable[tuple[str, bytes, Path | None]]) -> set[Found]:
        """What stands in named contents; a path where there is one, since SQLite keeps more than one file."""
        found: set[Found] = set()
        for parts in _batches(part for thing in things for part in _parts(*thing)):
            found |= self._in(parts)
        return found

    def words_in(self, content: bytes) -> set[str]:
        """The words that stand in some bytes."""
        return {each.word for each in self.things([("content", content, None)])}

    def _in(self, parts: Sequence[Part]) -> set[Found]:
        # patterns are made ready once a call, which takes longer than looking for them in a small file
        texts = pl.Series([content.decode("latin-1") for _, content in parts], dtype=pl.String)
        hits = texts.str.extract_many(self._patterns, overlapping=True)
        rows = pl.DataFrame({"place": [place for place, _ in parts], "hit": hits})
        seen = rows.explode("hit", empty_as_null=False).unique()
        named = ((place, *self._forms[hit]) for place, hit in seen.iter_rows())
        return {Found(word, f"{place}, {form}") for place, word, form in named}


def _parts(name: str, content: bytes, path: Path | None) -> Iterator[Part]:
    yield f"{name}, its name", name.encode()
    yield from unpacked(name, content, path)


def _batches(parts: Iterable[Part]) -> Iterator[Sequence[Part]]:
    batch: list[Part] = []
    size = 0
    for part in parts:
        batch.append(part)
        size += len(part[1])
        if size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def unpacked(name: str, content: bytes, path: Path | None = None, depth: int = 0) -> Iterator[Part]:
    """The content itself, and all that it contains, each with where it was found."""
    yield name, content
    if depth == DEEPEST:
        return
    for how, inside in _contained(content, path):
        yield from unpacked(f"{name} › {how}", inside, None, depth + 1)


def _contained(content: bytes, path: Path | None) -> Iterator[Part]:
    for place in _places(content, GZIP):
        yield f"gzip at {place}", _gunzipped(content[place:])
    for place in _places(content, ZSTD):
        yield f"zstd at {place}", _unzstd(content[place:])
    if content.startswith(PARQUET):
        yield "Parquet", _parquet(content)
    if content.startswith(SQLITE) and path is not None:
        yield "SQLite", _rows(path)


def _places(content: bytes, magic: bytes) -> Iterator[int]:
    place = content.find(magic)
    while place >= 0:
        yield place
        place = content.find(magic, place + 1)


def _gunzipped(content: bytes) -> bytes:
    """As far as it can be read: what is cut off, or only looks like gzip, has what it has."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        return unpacking.decompress(content, MOST_BYTES)
    except zlib.error:
        return b""


def _unzstd(content: bytes) -> bytes:
    unpacking = zstandard.ZstdDecompressor().decompressobj()
    whole = bytearray()
    try:
        for start in range(0, len(content), 2**16):
            whole += unpacking.decompress(content[start : start + 2**16])
            if unpacking.eof or len(whole) > MOST_BYTES:
                break
    except zstandard.ZstdError:
        pass
    return bytes(whole)


def _parquet(content: bytes) -> bytes:
    """All values of all columns, whatever their pages were encoded with."""
    table = pq.read_table(pa.BufferReader(content))
    chunks = (chunk for column in table.columns for chunk in column.chunks)
    return b"\n".join(buffer.to_pybytes() for chunk in chunks for buffer in chunk.buffers() if buffer is not None)


def _rows(path: Path) -> bytes:
    """Every value of every table, with what is in the WAL yet; values on several pages are whole."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in database.execute(f'SELECT * FROM "{table}"')]
    database.close()
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
