"""What a blob is, by the end of its name: a closed list, since what a browser is told it may also run."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

UNKNOWN: Final = "application/octet-stream"

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".avi": "video/x-msvideo",
    ".csv": "text/csv; charset=utf-8",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".gz": "application/gzip",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m4v": "video/x-m4v",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".ndjson": "application/x-ndjson",
    ".obj": "model/obj",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".zip": "application/zip",
}
"""End of a name → the type that it is served as; neither HTML nor SVG is among them."""


def media_type_of(name: str) -> str:
    """The media type of a blob of that name."""
    return MEDIA_TYPES.get(PurePosixPath(name).suffix, UNKNOWN)
