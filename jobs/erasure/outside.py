"""What lies outside of the tables: blobs, and what control holds."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from control.erasures import Erasure
from jobs.lake import Lake
from schemas.shared.discovery import declared_in

Erases: TypeAlias = Callable[[Lake, Erasure], int]
"""Takes a person out of files that hold others as well; how many blobs that changed."""


def mixed() -> Sequence[Erases]:
    """What takes people out of files of several, as streams declare by ERASES in jobs."""
    return [erases for declared in declared_in("jobs", "ERASES").values() for erases in declared]


def folders() -> Sequence[str]:
    """Folders of the blob store in which a session has a folder of its own, as streams declare by BLOBS in schemas."""
    return [folder for declared in declared_in("schemas", "BLOBS").values() for folder in declared]


def erase_blobs(lake: Lake, erasure: Erasure) -> int:
    """Removes what lies under the sessions that went, and takes the person out of files that others are in, too.

    How many blobs. Raises BlobsUnavailable.
    """
    changed = sum(erases(lake, erasure) for erases in mixed())
    sessions = lake.control.erasures.sessions(erasure.id)
    if not sessions:
        return changed
    blobs = BlobStore(str(lake.settings.room(BlobOptions).blobs_url))
    return changed + sum(blobs.delete_below(f"{folder}/{session}") for session in sessions for folder in folders())


def erase_control(lake: Lake, erasure: Erasure) -> None:
    """Takes from control what it knows of a person; of their sessions it knows nothing since the erasure began."""
    if not erasure.scope:
        lake.control.consent.forget(erasure.tenant, erasure.subject)
