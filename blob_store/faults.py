"""What can go wrong in the blob store.

Terminal
├── BadBlobsUrl        KINELAKE_BLOBS_URL names no store that there is
├── BadBlobName        the name would leave the store, or is no name
├── BlobMissing        there is no blob of that name
└── BlobTooLarge       more bytes came than whoever writes it allows
Transient
└── BlobsUnavailable   the store does not answer, refuses, or cannot be written
"""

from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, NotFoundError

from schemas.shared.faults import Terminal, Transient


class BadBlobsUrl(Terminal):
    """KINELAKE_BLOBS_URL names neither a folder nor a bucket."""


class BadBlobName(Terminal):
    """The name of a blob has parts that no blob may have."""


class BlobMissing(Terminal):
    """There is no blob of that name."""


class BlobTooLarge(Terminal):
    """What was to become a blob has more bytes than allowed; nothing of it is kept."""


class BlobsUnavailable(Transient):
    """The store does not answer, does not let us in, or cannot be written."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """The one place where the store's errors become ours; `what` says in words what was being done."""
    try:
        yield
    # obstore raises FileNotFoundError for its own NotFoundError where Python has a word for it
    except (NotFoundError, FileNotFoundError) as error:
        raise BlobMissing(f"{what}: there is no such blob") from error
    except (BaseError, OSError) as error:
        raise BlobsUnavailable(f"{what}: {_first_line(error)}; check KINELAKE_BLOBS_URL and its credentials") from error


def _first_line(error: Exception) -> str:
    """Its first line: the rest of the library's text is its own debugging output."""
    return (str(error).splitlines() or [type(error).__name__])[0]
