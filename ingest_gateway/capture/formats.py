"""What a chunk is, by its first bytes: whoever sends it may call it anything."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

SNIFFED_BYTES: Final = 12
"""As many as are needed to tell every format."""

Kind: TypeAlias = Literal["image", "video"]
MediaType: TypeAlias = Literal["image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm"]

_BOXES: Final = (b"ftyp", b"styp", b"sidx", b"moof")
"""What a piece of MP4 begins with (ISO/IEC 14496-12: its type stands behind its size)."""
_EBML, _CLUSTER = b"\x1a\x45\xdf\xa3", b"\x1f\x43\xb6\x75"
"""What a piece of WebM begins with (RFC 8794, RFC 9559)."""


class Format(NamedTuple):
    """A chunk's media type, and what of it a session has only one of."""

    media_type: MediaType
    kind: Kind
    begins: Callable[[bytes], bool]


FORMATS: Final = (
    Format("image/jpeg", "image", lambda head: head.startswith(b"\xff\xd8\xff")),
    Format("image/png", "image", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    Format("image/webp", "image", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    Format("video/mp4", "video", lambda head: head[4:8] in _BOXES),
    Format("video/webm", "video", lambda head: head.startswith((_EBML, _CLUSTER))),
)


def format_of(head: bytes) -> Format | None:
    """The format of a file that begins so; None for one that is none of these."""
    return next((each for each in FORMATS if each.begins(head)), None)
