"""Where the next part of an export begins, as a text that says nothing to its reader."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from control.capture_sessions import Place

LONGEST = 200


def cursor_of(place: Place) -> str:
    """The cursor of the sessions behind a place."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str) -> Place | None:
    """The place that a cursor stands for; None for what is no cursor."""
    if len(cursor) > LONGEST or not cursor.isascii():
        return None
    try:
        said = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(said, type=Place)
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return None if place.created_at.tzinfo is None else place
