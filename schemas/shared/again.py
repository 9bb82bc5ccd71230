"""A message that asks a flow to fold one of its sessions again from the rows that are stored, for want of an event.

    {"again":{"tenant":"clinic","subject":"…","session_id":"…","media_id":"…"}}

It has no item and counts as none. It lies under the message key of its session, so behind whatever the session did.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.shared.keys import by_session, message_key

if TYPE_CHECKING:
    from schemas.shared.stream import Stream

NAMED_BY: Final = ("tenant", "subject", "session_id")
"""What every session is named by, whatever else its stream has; the message key is made of these."""

PREFIX: Final = b'{"again":'


def asks_again(value: bytes) -> bool:
    """Whether a message begins as these do."""
    return value.startswith(PREFIX)


def again_message(session: Mapping[str, str]) -> tuple[bytes, bytes]:
    """The key and the message for a session, named by the columns that its stream declares as `folded`."""
    key = message_key(session["tenant"], session["session_id"], session["subject"])
    return key, msgspec.json.encode({"again": session})


def again_decoder(names: Sequence[str]) -> msgspec.json.Decoder[Any]:
    """Reads such messages, all of these columns in each: `.again` is a struct of them; DecodeError for any other."""
    session = msgspec.defstruct("Session", [(name, str) for name in names])
    return msgspec.json.Decoder(msgspec.defstruct("Again", [("again", session)]))


def of_folded(stream: "Stream") -> Iterator[str]:
    """What is wrong with the columns that a stream declares as `folded`."""
    if not stream.folded:
        return
    if missing := sorted({*NAMED_BY} - {*stream.folded}):
        yield f"folded lacks {', '.join(missing)}: a session is of somebody"
    if strange := sorted({*stream.folded} - {*stream.primary.schema}):
        yield f"folded names {', '.join(strange)}, which no column of {stream.primary.name} is"
    if stream.key is not by_session:
        yield "folded sessions lie on the partition of their messages: their key must be by_session"
