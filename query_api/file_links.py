"""Links to blobs for whoever has no token: the bucket's own where there is one, else to /files of this house."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from blob_store.store import BlobStore
from control.organisations import Organisations
from query_api.faults import BadFileName
from query_api.signed_tokens import SignedTokens

PURPOSE: Final = "kinelake-files"
FILES: Final = "/files/"

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class Link(Struct, frozen=True):
    """What a link of ours leads to: a blob, the name that it is saved under, and the seconds that it still holds."""

    blob: str
    file_name: str
    seconds: int


class FileLinks:
    """Makes links, and reads those of ours."""

    def __init__(self, blobs: BlobStore, organisations: Organisations, clock: Callable[[], datetime]) -> None:
        self._blobs = blobs
        self._tokens = SignedTokens(PURPOSE, ("blob", "name"), organisations, clock)

    async def to(self, tenant: str, blob: str, seconds: int, file_name: str | None = None) -> str:
        """A URL, or a path of this house, that hands the blob out for so many seconds.

        A bucket is not told what a file shall be saved as, so with a `file_name` the link is always one of ours.

        Raises:
            NoSuchOrganisation: the tenant is unknown, and so is the key that would sign.
            BadFileName: `file_name` is none.
            BadBlobName, BlobsUnavailable, ControlUnavailable.
        """
        bucket = None if file_name else await self._blobs.signed(blob, seconds)
        if bucket is not None:
            return bucket
        return await asyncio.to_thread(self._ours, tenant, blob, seconds, file_name)

    async def opened(self, token: str) -> Link | None:
        """What a token of ours leads to; None where it is none, or its time is over."""
        said = await asyncio.to_thread(self._tokens.opened, token)
        return None if said is None else Link(said["blob"], said["name"], said["seconds"])

    def _ours(self, tenant: str, blob: str, seconds: int, file_name: str | None) -> str:
        name = file_name or blob.rpartition("/")[2]
        if _FILE_NAME.fullmatch(name) is None:
            raise BadFileName(f"{name!r} is no name of a file: use letters, digits, '.', '_' and '-'")
        return f"{FILES}{self._tokens.made(tenant, seconds, blob=blob, name=name)}"
