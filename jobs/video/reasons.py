"""Why an analysis broke off: the word that its session says, and the sentence that people read."""

from jobs.video.faults import NotDecodable, VideoRefused
from jobs.video.timed import TookTooLong
from motion.faults import NotAnalysable

TIMEOUT = "timeout"
MEMORY = "memory"
INTERNAL = "internal"
"""A fault of ours, and no word about the film."""


def reason_of(error: Exception) -> str:
    """The session's `error`."""
    if isinstance(error, NotAnalysable):
        return str(error.reason)
    if isinstance(error, NotDecodable | VideoRefused):
        return NotDecodable.reason
    if isinstance(error, TookTooLong):
        return TIMEOUT
    return MEMORY if isinstance(error, MemoryError) else INTERNAL


def explained(error: Exception) -> str:
    """The reason, and what is known beside it."""
    if isinstance(error, NotAnalysable):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{MEMORY}: not enough of it"
    reason = reason_of(error)
    return f"{reason}: {type(error).__name__}: {error}" if reason == INTERNAL else f"{reason}: {error}"
