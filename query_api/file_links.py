"""Links to blobs for whoever has no token: the bucket's own where there is one, else to /files of this house.

A link of ours is a JWT over the blob's name, signed with a key derived from the organisation's own, so every process
that answers queries can check it and none has to remember it. Nobody else can make one, and it ends when it says.
"""

import asyncio
import hmac
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import jwt
from msgspec import Struct

from blob_store.store import BlobStore
from control.organisations import Organisation, Organisations, valid_name
from query_api.faults import BadFileName, NoSuchOrganisation
from web.digits import whole_claim

ALGORITHM: Final = "HS256"
PURPOSE: Final = "kinelake-files"
CLAIMS: Final = ("exp", "aud", "org", "blob", "name")
RULES: Final[Any] = {
    "require": list(CLAIMS),
    # times are checked with the clock that was handed in
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
LONGEST_TOKEN: Final = 2048
LAST_SECOND: Final = 2**53
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
        self._organisations = organisations
        self._clock = clock

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
        organisation = await asyncio.to_thread(self._organisation_in, token)
        claims = None if organisation is None else _claims(token, organisation)
        if claims is None:
            return None
        left = claims["exp"] - math.ceil(self._clock().timestamp())
        return None if left <= 0 else Link(claims["blob"], claims["name"], left)

    def _ours(self, tenant: str, blob: str, seconds: int, file_name: str | None) -> str:
        organisation = self._organisations.get(tenant)
        if organisation is None:
            raise NoSuchOrganisation(f"{tenant} is no organisation that control knows; no link is made for it")
        name = file_name or blob.rpartition("/")[2]
        if _FILE_NAME.fullmatch(name) is None:
            raise BadFileName(f"{name!r} is no name of a file: use letters, digits, '.', '_' and '-'")
        end = math.floor(self._clock().timestamp()) + seconds
        claims = {"aud": PURPOSE, "exp": end, "org": tenant, "blob": blob, "name": name}
        return f"{FILES}{jwt.encode(claims, _key(organisation), ALGORITHM)}"

    def _organisation_in(self, token: str) -> Organisation | None:
        """Whose key would have signed it, by its own word."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            name = jwt.decode(token, options={"verify_signature": False}).get("org")
        except (jwt.PyJWTError, RecursionError):
            return None
        return self._organisations.get(name) if isinstance(name, str) and valid_name(name) else None


def _claims(token: str, organisation: Organisation) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _key(organisation), algorithms=[ALGORITHM], audience=PURPOSE, options=RULES
        )
    except (jwt.PyJWTError, RecursionError):
        return None
    return claims if whole_claim(claims["exp"], LAST_SECOND) is not None else None


def _key(organisation: Organisation) -> bytes:
    return hmac.digest(organisation.key, PURPOSE.encode(), "sha256")
