"""Why a film cannot be analysed at all.

ValueError
└── NotAnalysable    the film itself: too few frames a second, too short, nobody in it
"""

from enum import StrEnum


class Unfit(StrEnum):
    """What is wrong with the film, as sessions say it."""

    FRAME_RATE = "frame_rate"
    TOO_SHORT = "too_short"
    NO_PERSON = "no_person"


class NotAnalysable(ValueError):
    """Raised for landmarks that no activity can start from; `reason` says why."""

    def __init__(self, reason: Unfit, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
