"""Which container a film comes in, by its first bytes: whoever sends it may call it anything."""

from typing import Final

SNIFFED_BYTES: Final = 64
"""As many as are needed to tell every container."""

CONTAINERS: Final = ("mp4", "mov", "m4v", "webm", "mkv", "avi")

_OLDER_BOXES: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What a QuickTime film of before 2001 begins with, which has no type."""
_EBML: Final = b"\x1a\x45\xdf\xa3"


def container_of(head: bytes) -> str | None:
    """The ending of a film's name that begins so, one of CONTAINERS; None for one that is none of these."""
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head[4:8] in _OLDER_BOXES:
        return "mov"
    if head.startswith(_EBML):
        return "webm" if b"webm" in head else "mkv"
    return "avi" if head[:4] == b"RIFF" and head[8:12] == b"AVI " else None


def _by_brand(brand: bytes) -> str:
    if brand == b"qt  ":
        return "mov"
    return "m4v" if brand.startswith(b"M4V") else "mp4"
