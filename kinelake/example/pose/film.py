"""What a film of the example is; `films` makes some."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FRAMES_PER_SECOND: Final = 30
MEDIA_ID: Final = "example-overhead-squat"


@dataclass(frozen=True, slots=True)
class Film:
    """A person's squats: the columns of each frame, without its number and time."""

    frames: tuple[Mapping[str, Any], ...]
