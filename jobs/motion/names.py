"""Names of what the blob store has of a session, beside the film that came."""

import secrets
from typing import Final

from schemas.motion.blobs import PICTURES, VIDEOS

NAME_BYTES: Final = 16


def video_name(session_id: str) -> str:
    """A new one for the film that an analysis draws: it is there whole before anybody is told of it."""
    return f"{VIDEOS}/{session_id}/analyzed-{secrets.token_hex(NAME_BYTES)}.mp4"


def picture_name(session_id: str, name: str) -> str:
    """Of a picture of `motion.documents.pictures`; a newer analysis's takes the place of an older one's."""
    return f"{PICTURES}/{session_id}/{name}"
