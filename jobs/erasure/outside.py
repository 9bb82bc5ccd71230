"""What lies outside of the tables: blobs, and what control holds."""

from collections.abc import Sequence

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from control.erasures import Erasure
from jobs.lake import Lake
from schemas.shared.discovery import declared_in


def folders() -> Sequence[str]:
    """Folders of the blob store in which a session has a folder of its own, as streams declare by BLOBS in schemas."""
    return [folder for declared in declared_in("schemas", "BLOBS").values() for folder in declared]


def erase_blobs(lake: Lake, erasure: Erasure) -> int:
    """Removes what lies under the sessions that went; how many blobs. Raises BlobsUnavailable."""
    sessions = lake.control.erasures.sessions(erasure.id)
    if not sessions:
        return 0
    blobs = BlobStore(str(lake.settings.room(BlobOptions).blobs_url))
    return sum(blobs.delete_below(f"{folder}/{session}") for session in sessions for folder in folders())


def erase_control(lake: Lake, erasure: Erasure) -> None:
    """Takes from control what it knows of a person; of their sessions it knows nothing since the erasure began."""
    if not erasure.scope:
        lake.control.consent.forget(erasure.tenant, erasure.subject)
