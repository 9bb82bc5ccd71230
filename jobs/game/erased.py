"""Takes a person out of exports: their lines go, everybody else's stay."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any, Final

import msgspec

from control.erasures import Erasure
from jobs.lake import Lake
from schemas.game.exports import FOLDER
from schemas.shared.times import microseconds, parsed

_BLOCK_BYTES: Final = 2**20


class _Written(msgspec.Struct):
    """Whose a line is, and from when."""

    tenant: str
    subject: str
    occurred_at: str
    received_at: str


_read: Final = msgspec.json.Decoder(_Written).decode


def erase_from_exports(lake: Lake, erasure: Erasure) -> int:
    """How many files had lines of theirs. An erasure within a project is no game's."""
    return 0 if erasure.scope else sum(_without(lake, name, erasure) for name in lake.blobs.names(FOLDER))


def _without(lake: Lake, name: str, erasure: Erasure) -> bool:
    found = False
    with TemporaryFile() as rest:
        with lake.blobs.open(name) as file:
            for line in _lines(file):
                if _is_theirs(line, erasure):
                    found = True
                else:
                    rest.writelines((line, b"\n"))
        if found:
            rest.seek(0)
            lake.blobs.put(name, rest)
    return found


def _is_theirs(line: bytes, erasure: Erasure) -> bool:
    if erasure.subject.encode() not in line:
        return False
    written = _read(line)
    at = min(parsed(written.occurred_at), parsed(written.received_at))
    whose = written.tenant, written.subject
    return whose == (erasure.tenant, erasure.subject) and at < microseconds(erasure.erased_at)


def _lines(file: IO[Any]) -> Iterator[bytes]:
    rest = b""
    while block := bytes(file.read(_BLOCK_BYTES)):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole


ERASES = (erase_from_exports,)
