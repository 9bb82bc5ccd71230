"""What the process that has a film is told, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from jobs.motion.heads import Filmed

VIDEO: Final = "analyzed.mp4"
PICTURES: Final = "pictures"
LANDMARKS: Final = "landmarks"
SESSIONS: Final = "sessions"
"""Results by their names in the folder; the latter two hold a message a file, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done.

    Args:
        film: the file.
        request: `motion.request.Request` as JSON.
        folder: where results go.
        filmed: whose film it is.
        at: µs since 1970, when the analysis began: what it says is as old.
        memory_bytes: how much of the machine's memory the process may take.
    """

    film: Path
    request: Mapping[str, Any]
    folder: Path
    filmed: Filmed
    at: int
    memory_bytes: int


class Found(NamedTuple):
    """The analysis is in the folder; `key` is that of all its messages."""

    key: bytes


class Broken(NamedTuple):
    """The film can not be analysed: the word that its session says, and a sentence with more."""

    reason: str
    detail: str
