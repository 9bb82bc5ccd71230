"""Messages of the motion streams: whose film they are of, which ids their items have, and how an analysis ended.

To publish them again has one effect within a day: the ids follow from session, version and number, and what lies on
the log first counts, even where another machine computes the last digit otherwise. Later than that, readers go by
what was published last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from event_log import Record
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.sessions import FAILED
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.meaning import digest
from schemas.shared.message import head_line, item_line, message
from schemas.shared.named_ids import named_ids
from schemas.shared.rules import Item
from schemas.shared.stream import Stream
from schemas.shared.validation import EventValidator

# Of this project's making; another namespace would give an analysis that is published again other ids than before.
NAMESPACE: Final = UUID("5b0f6a1e-6a0d-5c6e-9a53-0f3f4c1f9d27")

_id_of = named_ids(NAMESPACE)
_VALIDATORS: Final = {stream.name: EventValidator(stream) for stream in (SESSIONS, LANDMARKS)}


@dataclass(frozen=True, slots=True)
class Filmed:
    """Whose film it is, and the consent that it was taken in under."""

    tenant: str
    subject: str
    session_id: str
    request_id: str
    consent_level: int
    consent_source: str
    gpc: bool = False


def failed(filmed: Filmed, version: str, at: int, reason: str) -> Record:
    """The message of an analysis that ended `at` (µs since 1970) without a result."""
    return ending(filmed, version, at, {"kind": FAILED, "analysis_version": version, "reason": reason})


def ending(filmed: Filmed, version: str, at: int, said: Mapping[str, Any]) -> Record:
    """The message of how an analysis ended. Raises Invalid for what the stream does not allow."""
    item = line(SESSIONS, filmed, version, at, str(said["kind"]), 0, {"session_id": filmed.session_id, **said})
    return record(SESSIONS, filmed, at, {}, [item])


def line(
    stream: Stream, filmed: Filmed, version: str, at: int, kind: str, number: int, said: Mapping[str, Any]
) -> bytes:
    """An item; its digest is its id's, so that one that is published again is never another one."""
    name = "\n".join((filmed.session_id, version, kind, str(number)))
    event = _VALIDATORS[stream.name].accept(msgspec.json.encode(said), at)
    event.payload_digest = digest(name.encode())
    return item_line(event, _id_of(name))


def record(stream: Stream, filmed: Filmed, at: int, said: Mapping[str, Any], lines: Sequence[bytes]) -> Record:
    """A message of some items; `said` is what its head says for all of them."""
    head = RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=filmed.tenant,
        subject=filmed.subject,
        received_at=at,
        request_id=filmed.request_id,
        consent_level=filmed.consent_level,
        consent_source=filmed.consent_source,
        gpc=filmed.gpc,
    )
    key = stream.key(Item(filmed.tenant, filmed.subject, filmed.session_id, None, at, said, {}))
    return Record(key, message(head_line(head, said), lines))
