"""Takes out of exports what may not be kept any more: lines of the erased, and those that newer consent forbids.

Whoever changes a file looks afterwards whether anybody was erased or recorded consent meanwhile, and then does it once
more: so of two who write the same file at once, the last leaves out what both must.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from control.consent_records import ConsentRecord
from control.erasures import Erasure
from jobs.game.allowed import Allowed, Item, Person, lowered
from jobs.lake import Lake
from schemas.game.exports import FOLDER
from schemas.shared.times import parsed
from schemas.shared.validation import AHEAD_US

AHEAD: Final = timedelta(microseconds=AHEAD_US)
"""So much later than it is exported an item can have happened at most, by its client's clock."""
_BLOCK_BYTES: Final = 2**20


class _Written(msgspec.Struct):
    """Whose a line is, from when, and at which level it is kept."""

    tenant: str
    subject: str
    occurred_at: str
    received_at: str
    consent_level: int


class _Left(NamedTuple):
    """What is left of some lines, and of whom one has changed or gone."""

    lines: Sequence[bytes]
    changed: set[Person]


_read: Final = msgspec.json.Decoder(_Written).decode
_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode


def erase_from_exports(lake: Lake, erasure: Erasure) -> int:
    """How many files had lines of theirs. An erasure within a project is no game's."""
    if erasure.scope:
        return 0
    person = erasure.tenant, erasure.subject
    return sum(person in cleaned(lake, name) for name in lake.blobs.names(FOLDER))


def withdraw_from_exports(lake: Lake, records: Sequence[ConsentRecord]) -> None:
    """Decides the lines of exports again that these records can be about."""
    since = min(record.effective_at for record in records)
    for page in lake.blobs.pages(FOLDER):
        for blob in page:
            if blob.put_at + AHEAD >= since:
                cleaned(lake, blob.name)


def cleaned(lake: Lake, name: str) -> set[Person]:
    """Leaves in an export what may be kept; of whom a line has changed or gone."""
    changed: set[Person] = set()
    while True:
        allowed = Allowed(lake.control)
        found = _put_again(lake, name, allowed)
        changed |= found
        if not found or not allowed.is_outdated():
            return changed


def _put_again(lake: Lake, name: str, allowed: Allowed) -> set[Person]:
    changed: set[Person] = set()
    with TemporaryFile() as rest:
        with lake.blobs.open(name) as file:
            for lines in _lines(file):
                left = _left(lines, allowed)
                changed |= left.changed
                rest.writelines(line + b"\n" for line in left.lines)
        if changed:
            rest.seek(0)
            lake.blobs.put(name, rest)
    return changed


def _left(lines: Sequence[bytes], allowed: Allowed) -> _Left:
    items = [_item(_read(line)) for line in lines]
    decided = list(zip(lines, items, allowed.levels(items), strict=True))
    changed = {item.person for _, item, level in decided if level != item.consent_level}
    return _Left([_at(level, item, line) for line, item, level in decided if level is not None], changed)


def _item(written: _Written) -> Item:
    times = parsed(written.occurred_at), parsed(written.received_at)
    return Item(written.tenant, written.subject, times[0], written.consent_level, times[1])


def _at(level: int, item: Item, line: bytes) -> bytes:
    return line if level == item.consent_level else msgspec.json.encode({**_members(line), **lowered(level)})


def _lines(file: IO[Any]) -> Iterator[Sequence[bytes]]:
    """Some at a time, without their ends."""
    rest = b""
    while block := bytes(file.read(_BLOCK_BYTES)):
        *whole, rest = (rest + block).split(b"\n")
        yield whole


ERASES = (erase_from_exports,)
WITHDRAWS = (withdraw_from_exports,)
