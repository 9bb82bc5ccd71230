"""What can be wrong with a video.

Terminal
├── VideoRefused    the file is no video that is taken, or breaks a limit; the message names which
├── NotDecodable    it was taken, and then not one picture could be decoded
└── NotAssembled    no video can be made of what a session sent, or it would pass a limit
Transient
└── ProbeDied       the process that looks at a file died of none of the file's limits, or got no time on the machine
"""

from jobs.video.limits import Limit
from schemas.shared.faults import Terminal, Transient


class VideoRefused(Terminal):
    """The file is not taken; `limit` is what it breaks."""

    def __init__(self, limit: Limit, message: str) -> None:
        super().__init__(limit, message)
        self.limit = limit
        self.message = message

    def __str__(self) -> str:
        return self.message


class ProbeDied(Transient):
    """The process that looks at a file died of something that says nothing about the file."""


class NotDecodable(Terminal):
    """Not one picture came out of it; a session fails with this reason."""

    reason = "not_decodable"


class NotAssembled(Terminal):
    """What a session sent makes no video; the message says why."""
