"""The keys that verify tokens: a JWKS from a file or URL (RFC 7517), kept, and read again when it is old or misses one.

Nothing in a token says where keys come from: `jku`, `jwk` and `x5u` of its header are never looked at.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from web.faults import BadKeys, KeysUnavailable

ALLOWED_ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
REFETCH_AFTER = timedelta(minutes=1)
"""An unknown key id makes the set be read again, at most this often."""
RETRY_AFTER = timedelta(seconds=5)
"""A set that was never read is tried again at most this often."""
STALE_AFTER = timedelta(minutes=10)
"""A key that its issuer has withdrawn is believed for this long."""
FETCH_SECONDS = 5
LARGEST_JWKS = 2**20

log = structlog.get_logger()


class KeySet:
    """The issuer's public keys by key id."""

    def __init__(self, source: str, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._keys: list[PyJWK] = []
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._failure: str | None = None
        self._lock = asyncio.Lock()

    async def find(self, algorithm: str, key_id: str | None) -> PyJWK | None:
        """The key of that id, made for that algorithm; without an id the only one that fits. None if there is none."""
        if self._is_stale():
            await self._refresh()
        found = self._find(algorithm, key_id)
        if found is None and self._may_try():
            await self._refresh()
            found = self._find(algorithm, key_id)
        return found

    async def check(self) -> None:
        """Reads the set if that has not succeeded yet; raises KeysUnavailable or BadKeys."""
        if self._read_at is None:
            await self._refresh()

    def _find(self, algorithm: str, key_id: str | None) -> PyJWK | None:
        fitting = [key for key in self._keys if key.algorithm_name == algorithm]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.key_id == key_id), None)

    def _is_stale(self) -> bool:
        return self._read_at is None or (self._clock() - self._read_at >= STALE_AFTER and self._may_try())

    def _may_try(self) -> bool:
        return self._since_try() >= REFETCH_AFTER

    def _since_try(self) -> timedelta:
        return timedelta.max if self._tried_at is None else self._clock() - self._tried_at

    async def _refresh(self) -> None:
        async with self._lock:
            if self._read_at is None:
                await self._first_read()
            elif self._may_try():
                await self._read_again()

    async def _first_read(self) -> None:
        # requests that wait for an issuer that is away fail together instead of one timeout after the other
        if self._failure is not None and self._since_try() < RETRY_AFTER:
            raise KeysUnavailable(self._failure)
        try:
            await self._read()
        except (KeysUnavailable, BadKeys) as error:
            self._failure = str(error)
            raise

    async def _read_again(self) -> None:
        try:
            await self._read()
        except (KeysUnavailable, BadKeys) as error:
            log.warning("jwks_not_refreshed", reason=str(error))

    async def _read(self) -> None:
        self._tried_at = self._clock()
        self._keys = parse_keys(await _read(self._source))
        self._read_at = self._clock()


def parse_keys(document: bytes) -> list[PyJWK]:
    """The usable signature keys of a JWKS; keys of other kinds, uses or algorithms are passed over."""
    try:
        keys = msgspec.json.decode(document, type=dict[str, Any])["keys"]
        described = msgspec.convert(keys, list[dict[str, Any]])
    except (msgspec.MsgspecError, KeyError) as error:
        raise BadKeys('KINELAKE_JWKS is no JSON Web Key Set: {"keys": […]} was expected') from error
    usable = [key for key in map(_usable, described) if key is not None]
    if not usable:
        raise BadKeys(f"KINELAKE_JWKS holds no signature key for {', '.join(sorted(ALLOWED_ALGORITHMS))}")
    return usable


def _usable(described: dict[str, Any]) -> PyJWK | None:
    if described.get("use", "sig") != "sig":
        return None
    try:
        key = PyJWK.from_dict(described)
    except PyJWTError:
        return None
    return key if key.algorithm_name in ALLOWED_ALGORITHMS else None


async def _read(source: str) -> bytes:
    if source.startswith(("http://", "https://")):
        return await asyncio.to_thread(_fetch, source)
    try:
        return await asyncio.to_thread(Path(source.removeprefix("file://")).read_bytes)
    except OSError as error:
        raise KeysUnavailable(f"KINELAKE_JWKS: the file {source} cannot be read: {error.strerror}") from error


def _fetch(url: str) -> bytes:
    try:
        with httpx.stream("GET", url, timeout=FETCH_SECONDS) as response:
            response.raise_for_status()
            return _bounded(response)
    except httpx.HTTPError as error:
        raise KeysUnavailable(f"KINELAKE_JWKS: {url} cannot be fetched: {error}") from error


def _bounded(response: httpx.Response) -> bytes:
    document = b""
    for chunk in response.iter_bytes():
        document += chunk
        if len(document) > LARGEST_JWKS:
            raise BadKeys(f"KINELAKE_JWKS is larger than {LARGEST_JWKS} bytes")
    return document
