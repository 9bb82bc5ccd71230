"""The scanner that the canary test goes by finds a word however it is hidden, and none that is not there."""

import base64
import gzip
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from tests.kit.scanning import DRAWN, Scanner, canary

WORD, OTHER = canary("alice"), canary("bob")
SCANNER = Scanner([WORD, OTHER])

HIDING: Mapping[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "UTF-16 LE": lambda said: said.decode().encode("utf-16-le"),
    "UTF-16 BE": lambda said: said.decode().encode("utf-16-be"),
    "hex": lambda said: said.hex().encode(),
    "upper hex": lambda said: said.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd behind something": lambda said: b"head" + zstandard.ZstdCompressor().compress(said) + b"tail",
    "gzip in zstd": lambda said: zstandard.ZstdCompressor().compress(gzip.compress(said)),
    "base64 in gzip": lambda said: gzip.compress(base64.b64encode(said)),
    "cut-off gzip": lambda said: gzip.compress(said + os.urandom(2**12), 0)[:-64],
}


@pytest.mark.parametrize("hiding", HIDING)
@settings(max_examples=20)
@given(before=st.integers(0, 9), after=st.integers(0, 9))
def test_a_word_is_found_however_it_is_hidden(hiding: str, before: int, after: int) -> None:
    said = b"." * before + WORD.encode() + b"." * after
    assert SCANNER.words_in(HIDING[hiding](said)) == {WORD}


@pytest.mark.parametrize("hiding", HIDING)
def test_a_word_that_is_not_there_is_not_found(hiding: str) -> None:
    strange = canary("alice").encode()
    assert SCANNER.words_in(HIDING[hiding](strange)) == set()


@settings(max_examples=50)
@given(st.binary(max_size=3000))
def test_nothing_is_found_in_noise_and_noise_breaks_nothing(noise: bytes) -> None:
    for magic in (b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
        assert SCANNER.words_in(magic + noise) == set()


@pytest.mark.parametrize("compression", ["uncompressed", "zstd", "snappy", "gzip"])
def test_a_word_is_found_in_parquet(tmp_path: Path, compression: str) -> None:
    words = [f"{number}-{WORD}" for number in range(1000)]
    nested = pl.DataFrame({"a": list(range(1000)), "b": [[{"c": word}] for word in words]})
    nested.write_parquet(tmp_path / "part.parquet", compression=compression)  # type: ignore[arg-type]
    assert {found.word for found in SCANNER.folder(tmp_path)} == {WORD}


def test_a_word_is_found_in_sqlite_with_its_wal_and_in_pages_that_are_free(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE messages (value BLOB)")
    # longer than a page, so that the word may lie across two of them
    for length in range(3980, 4120):
        database.execute("INSERT INTO messages VALUES (?)", (b"." * length + WORD.encode() + b"." * 3000,))
    seen = {found.place.partition(",")[0] for found in SCANNER.folder(tmp_path)}
    assert {"log.db-wal", "log.db › SQLite"} <= seen
    database.execute("DELETE FROM messages")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert {found.word for found in SCANNER.folder(tmp_path)} == {WORD}
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SCANNER.folder(tmp_path) == set()
    database.close()


def test_every_word_across_two_pages_is_found_by_a_half(tmp_path: Path) -> None:
    """Free pages belong to no row any more: only the bytes in them are left."""
    for cut in range(1, len(WORD)):
        (tmp_path / "first").write_bytes(WORD[:cut].encode())
        (tmp_path / "second").write_bytes(WORD[cut:].encode())
        assert {found.word for found in SCANNER.folder(tmp_path)} == {WORD}


def test_a_word_is_found_in_names_and_objects(tmp_path: Path) -> None:
    (tmp_path / OTHER).mkdir()
    (tmp_path / OTHER / "empty").touch()
    assert {found.word for found in SCANNER.folder(tmp_path)} == {OTHER}
    store = MemoryStore()
    store.put("a/b", gzip.compress(WORD.encode()))
    assert {found.word for found in SCANNER.bucket(store)} == {WORD}


def test_words_are_long_and_no_two_are_alike() -> None:
    made = {canary("x") for _ in range(100)}
    assert len(made) == 100
    assert all(len(word) == 2 * DRAWN + 1 for word in made)
