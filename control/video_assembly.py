"""The queue of captured sessions whose chunks are to become a video; the job that does it is in `jobs/capture`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from control.jobs import Jobs

KIND: Final = "assemble_video"
LATE = timedelta(seconds=60)
"""How long after a chunk of a completed session its video is made again: more may come."""


class VideoAssembly:
    """Which sessions' videos are to be made, and whether one is being made."""

    def __init__(self, jobs: Jobs, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._clock = clock

    def queue(self, session_id: str, after: timedelta = timedelta(0)) -> None:
        """Has the session's video made of the chunks that are there in so long: at once when it completes, LATE later.

        Where one is being made already it may have looked before the newest chunk: then another one follows it.
        """
        due = self._clock() + after
        for key in _keys(session_id):
            if self._jobs.enqueue(KIND, key, {"session": session_id}, due).state == "queued":
                return

    def pending(self, session_id: str) -> bool:
        """Whether a video of the session is being made, or will be."""
        newest = (self._jobs.list(KIND, key=key, limit=1) for key in _keys(session_id))
        return any(job.state in ("queued", "running") for found in newest for job in found)


def _keys(session_id: str) -> tuple[str, str]:
    """There is one open job of a key: the second is for what comes while the first one runs."""
    return session_id, f"{session_id}/again"
