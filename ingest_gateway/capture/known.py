"""The sessions that requests name: whose they are, asked of control once and kept until somebody is erased.

An erased session is unknown at once in the process that erased it, and within a second in all others.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from math import inf

from control.capture_sessions import CaptureSession
from control.store import Control
from schemas.capture.tables import SESSION_ID
from web.caller import Caller
from web.problems import Problem

RENEW_SECONDS = 0.5
MOST_SESSIONS = 50_000
"""Some 1 KB each; a session that is not kept costs a look into control."""


class KnownSessions:
    """One per process, used from its event loop only."""

    def __init__(self, control: Control, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._control = control
        self._monotonic = monotonic
        self._sessions: OrderedDict[str, CaptureSession] = OrderedDict()
        self._tombstone: int | None = None
        self._begun = 0
        self._asked_at = -inf
        self._asking = asyncio.Lock()

    async def session(self, session_id: str, caller: Caller) -> CaptureSession:
        """The session of that id; raises the 404 where there is none, the 403 where it is another project's."""
        await self._renewed()
        found = self._sessions.get(session_id) or await self._asked(session_id)
        if found is None:
            raise unknown()
        if (found.tenant, found.project_id) != (caller.tenant, caller.project_id):
            raise Problem(403, "session_forbidden", "session does not belong to project")
        return found

    async def _asked(self, session_id: str) -> CaptureSession | None:
        if SESSION_ID.fullmatch(session_id) is None:
            return None
        tombstone = self._tombstone
        found = await asyncio.to_thread(self._control.capture_sessions.get, session_id)
        # an answer from before an erasure that was heard of meanwhile is used, but not kept
        if found is not None and tombstone == self._tombstone:
            self.keep(found)
        return found

    def keep(self, session: CaptureSession) -> None:
        """Remembers a session as it stands in control."""
        self._sessions[session.id] = session
        self._sessions.move_to_end(session.id)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)

    async def _renewed(self) -> None:
        """Forgets all where anybody was erased since it was asked last: what stays is asked for anew."""
        if self._is_new():
            return
        async with self._asking:
            if self._is_new():
                return
            now, begun = self._monotonic(), self._control.erasures.begun
            newest = await asyncio.to_thread(self._control.tombstones.last_number)
            if newest != self._tombstone:
                self._sessions.clear()
            self._tombstone, self._asked_at, self._begun = newest, now, begun

    def _is_new(self) -> bool:
        """Whether control was asked within the time, and nobody was erased by this process since."""
        asked_just_now = self._monotonic() - self._asked_at < RENEW_SECONDS
        return asked_just_now and self._begun == self._control.erasures.begun


def unknown() -> Problem:
    """404: there is no such session, or none any more."""
    return Problem(404, "session_unknown", "session not found")
