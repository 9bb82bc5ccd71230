"""API keys as they are shown: which are valid, remembered for a while, and never longer than they are.

Every key that is made or revoked is learned of within a second: twice a second control is asked whether anything has
changed, and then everything is asked anew. While control does not answer, no key is believed.

A key made here is found in one indexed read, and so is one whose SHA-256 hash was taken over. A bcrypt hash must be
tried, which takes a core a good part of a second: in two threads of their own, and only so many keys may wait for that.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import bcrypt

from control.api_keys import ApiKey, ApiKeys, Untried
from web.pepper import Pepper
from web.problems import unavailable
from web.revisions import Renewal

KNOWN_SECONDS = 300.0
UNKNOWN_SECONDS = 60.0
MOST_KNOWN = 10_000
MOST_UNKNOWN = 10_000
LONGEST_KEY_BYTES = 72
"""What bcrypt looks at; of a longer key it would take the rest on trust."""
TRYING_THREADS = 2
MOST_WAITING = 32


class Remembered:
    """Answers by look-up, each for so many seconds; beyond `most` the oldest goes."""

    def __init__(self, seconds: float, most: int, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._most = most
        self._monotonic = monotonic
        self._answers: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()

    def __contains__(self, lookup: str) -> bool:
        found = self._answers.get(lookup)
        return found is not None and self._monotonic() < found[0]

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, lookup: str) -> ApiKey | None:
        """The key, where it is remembered."""
        return self._answers[lookup][1] if lookup in self else None

    def put(self, lookup: str, key: ApiKey | None) -> None:
        """Remembers it from now on."""
        self._answers.pop(lookup, None)
        self._answers[lookup] = self._monotonic() + self._seconds, key
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forgets all."""
        self._answers.clear()


class KnownKeys:
    """One per process, used from its event loop only."""

    def __init__(self, keys: ApiKeys, pepper: Pepper, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.pepper = pepper
        self._keys = keys
        self._valid = Remembered(KNOWN_SECONDS, MOST_KNOWN, monotonic)
        self._invalid = Remembered(UNKNOWN_SECONDS, MOST_UNKNOWN, monotonic)
        self._renewal = Renewal(keys, self._forget, monotonic)
        self._finding: dict[str, asyncio.Task[ApiKey | None]] = {}
        self._trying = ThreadPoolExecutor(TRYING_THREADS, thread_name_prefix="bcrypt")
        self._waiting = 0

    def remembered(self, lookup: str) -> ApiKey | None:
        """A valid key that was shown before."""
        return self._valid.get(lookup)

    async def find(self, family: str, key: bytes, lookup: str) -> ApiKey | None:
        """The valid key, None where it is none; raises ControlUnavailable, or a 503 where too many wait to be tried."""
        if len(key) > LONGEST_KEY_BYTES or lookup in self._invalid:
            return None
        if lookup in self._valid:
            return self._valid.get(lookup)
        task = self._finding.get(lookup)
        if task is None:
            task = self._finding[lookup] = asyncio.create_task(self._found(family, key, lookup))
            task.add_done_callback(lambda _: self._finding.pop(lookup, None))
        # who gives up waiting does not end it for the others
        return await asyncio.shield(task)

    async def renewed(self) -> None:
        """Sees to it that what changed is known, all but the last second's; raises ControlUnavailable."""
        await self._renewal.renewed()

    async def check(self) -> None:
        """What readiness tells: raises BadPepper where keys were made with another pepper, which opens nothing here."""
        await asyncio.to_thread(self.pepper.require_of, self._keys)

    async def _forget(self) -> None:
        self._valid.clear()
        self._invalid.clear()

    async def _found(self, family: str, key: bytes, lookup: str) -> ApiKey | None:
        """Asks again where something changed meanwhile: the answer may be older than the change."""
        while True:
            revision = self._renewal.revision
            found = await asyncio.to_thread(self._keys.find, family, lookup, hashlib.sha256(key).hexdigest())
            if found is None:
                found = await self._tried(family, key, lookup)
            if revision == self._renewal.revision:
                break
        valid = found if found is not None and found.revoked_at is None else None
        (self._invalid if valid is None else self._valid).put(lookup, valid)
        return valid

    async def _tried(self, family: str, key: bytes, lookup: str) -> ApiKey | None:
        untried = await asyncio.to_thread(self._keys.untried, family)
        if not untried:
            return None
        if self._waiting >= MOST_WAITING:
            raise unavailable("keys_busy", "Too many keys are being checked; try again.")
        self._waiting += 1
        try:
            key_id = await asyncio.get_running_loop().run_in_executor(self._trying, _fitting, untried, key)
        finally:
            self._waiting -= 1
        return None if key_id is None else await asyncio.to_thread(self._keys.shown, key_id, lookup, self.pepper.name)


def _fitting(untried: list[Untried], key: bytes) -> str | None:
    """The id of the first whose hash is the key's."""
    return next((each.id for each in untried if bcrypt.checkpw(key, each.hash.encode())), None)
