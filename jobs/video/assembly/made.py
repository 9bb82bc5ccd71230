"""What the process that makes a video is sent, and what it says of it."""

import struct
from dataclasses import dataclass
from typing import Final

RECORD: Final = struct.Struct(">II")
"""Before each piece: its index and its length in bytes."""
TOO_LARGE: Final = 76
"""The exit code of a process whose files reached their limit."""


@dataclass
class Made:
    """Pictures that the video shows, pieces that nobody can read, and the video's seconds."""

    pictures: int = 0
    broken: int = 0
    seconds: float = 0.0
