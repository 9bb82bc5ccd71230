"""The stream capture_chunks: pictures and pieces of video (contract: POST /v1/sessions/{id}/chunks)."""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from schemas.capture.activity import CAPTURE_SESSION_CHUNKS
from schemas.capture.tables import FAMILY, POSTED_BY, STAMPED
from schemas.shared.client import ClientEvent
from schemas.shared.stream import Stream

LARGEST_CHUNK: Final = 2 * 2**20
LAST_INDEX: Final = 10_000

Index: TypeAlias = Annotated[int, Meta(ge=0, le=LAST_INDEX, extra={"summed": False})]
Size: TypeAlias = Annotated[int, Meta(ge=1, le=LARGEST_CHUNK, extra={"unit": "bytes"})]
BlobName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
Digest: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64)]


class Chunk(ClientEvent, kw_only=True):
    """A picture or a piece of a video that lies in the blob store."""

    chunk_index: Annotated[Index, Meta(description="Which one; the newest of an index counts.")]
    media_type: Annotated[
        Literal["image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm"],
        Meta(description="What it is, by its first bytes."),
    ]
    bytes: Annotated[Size, Meta(description="Its size.")]
    sha256: Annotated[Digest, Meta(description="SHA-256 of its bytes, hex.")]
    blob: Annotated[BlobName, Meta(description="Its name in the blob store.")]


CHUNKS = Stream(
    name="capture_chunks",
    path=None,
    description="Pictures and pieces of video of captured sessions, a row for each time one was stored.",
    consent_level=2,
    events=(Chunk,),
    event_type="chunk",
    listed=None,
    family=FAMILY,
    roles=POSTED_BY,
    stamped=STAMPED,
    table="capture_chunks",
    derived_tables=(CAPTURE_SESSION_CHUNKS,),
    retention_days=30,
    example={
        "chunk_index": 0,
        "media_type": "image/jpeg",
        "bytes": 51234,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "blob": "chunks/a1b2c3d4-e5f6-7890-abcd-ef1234567890/0",
    },
)
