"""From MaxMind's archive to a database that can be trusted: one member is read, by bytes, into a file of our naming."""

import gzip
import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, Self, cast

import maxminddb
from geoip2.models import City

from control.geo import GeoDescription
from jobs.maxmind.faults import BadAnswer

MOST_MEMBERS = 64
OVERHEAD_BYTES = 2**20
"""What an archive may hold beside the database: license, readme, headers."""
NETWORKS_READ = 1000
"""How many networks of a database are read as a test."""
PIECE_BYTES = 2**20
MOST_HEADER_BYTES: Final = 64 * 2**10
"""Of a header that only says more about the next one; the library holds it in memory whole."""
MOST_ENDS: Final = 8
"""Reads behind the end of what unpacks; the library skips a member of 2^60 bytes that is not there by reading on."""
DAMAGE: Final = (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""The libraries meet damage as whatever error its bytes happen to cause."""
ADDITIONAL: Final = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
"""Types of headers that are no member."""


class Bounded:
    """A stream that ends with an error rather than give more than it may: a gzip of zeros unpacks to gigabytes."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes
        self._ends = 0

    def read(self, size: int) -> bytes:
        """Up to that many bytes; raises BadAnswer beyond the bound, EOFError for who reads on behind the end."""
        piece = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise BadAnswer("the archive unpacks to more than KINELAKE_GEO_MAX_BYTES")
        self._ends += not piece
        if self._ends > MOST_ENDS:
            raise EOFError("it ends within a member")
        return piece


class Header(tarfile.TarInfo):
    """A header of the archive, looked at before the library goes by it."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Raises BadAnswer for a header that would have the library hold too much."""
        header = super().frombuf(buf, encoding, errors)
        if header.type in ADDITIONAL and not 0 <= header.size <= MOST_HEADER_BYTES:
            raise BadAnswer(f"the archive has a header of more than {MOST_HEADER_BYTES} bytes")
        return header


def unpacked(archive: Path, edition: str, target: Path, most_bytes: int) -> None:
    """Copies the edition's database out of a tar.gz into `target`.

    Raises:
        BadAnswer: no such archive, a member that leads out of it or is no plain file, too much of anything, or not
            exactly one database of that edition.
    """
    try:
        with gzip.open(archive) as stream:
            bounded = Bounded(cast(BinaryIO, stream), most_bytes + OVERHEAD_BYTES)
            with tarfile.open(fileobj=cast(BinaryIO, bounded), mode="r|", tarinfo=Header) as tar:
                found = sum(_copied(tar, member, target) for member in _databases(tar, f"{edition}.mmdb"))
    except (*DAMAGE, tarfile.TarError, zlib.error) as error:
        raise BadAnswer(f"the archive cannot be read: {error or type(error).__name__}") from error
    if found != 1:
        raise BadAnswer(f"the archive holds {found} files {edition}.mmdb; exactly one was expected")


def _databases(tar: tarfile.TarFile, name: str) -> Iterator[tarfile.TarInfo]:
    for number, member in enumerate(tar):
        if number >= MOST_MEMBERS:
            raise BadAnswer(f"the archive has more than {MOST_MEMBERS} members")
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts:
            raise BadAnswer("the archive has a member that leads out of it")
        if not (member.isdir() or member.isreg()) or member.issparse():
            raise BadAnswer("the archive has a member that is no plain file")
        if member.isreg() and path.name == name:
            yield member


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> int:
    content = tar.extractfile(member)
    assert content is not None, "a regular file has content"
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file, PIECE_BYTES)
    return 1


def described(path: Path) -> GeoDescription:
    """What the database says of itself, once it has been opened and read from.

    Raises:
        BadAnswer: no mmdb, broken, empty, or without cities.
    """
    try:
        # the reader in Python: the one in C may end the process where a database is damaged
        with closing(maxminddb.open_database(path, maxminddb.MODE_MMAP)) as reader:
            metadata = reader.metadata()
            if "City" not in metadata.database_type:
                raise BadAnswer(f"{metadata.database_type} is no database of cities; set KINELAKE_GEO_EDITION")
            _read(reader)
        built_at = datetime.fromtimestamp(metadata.build_epoch, UTC)
    except (*DAMAGE, maxminddb.InvalidDatabaseError) as error:
        raise BadAnswer(f"the database cannot be read: {error}") from error
    return GeoDescription(digest_of(path), metadata.database_type, built_at, metadata.node_count)


def _read(reader: maxminddb.Reader) -> None:
    read = 0
    for _, record in reader:
        if not isinstance(record, dict):
            raise BadAnswer("the database holds records that are no places")
        # as flows read it: whatever of it is not what a city's should be is an error here
        City(("en",), **cast(dict[str, Any], record))
        read += 1
        if read == NETWORKS_READ:
            return
    if read == 0:
        raise BadAnswer("the database is empty")


def digest_of(path: Path) -> str:
    """SHA-256 in hex of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
