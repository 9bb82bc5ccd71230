"""Stretches of a film seen from one side: what later steps go by."""

from dataclasses import dataclass
from enum import StrEnum

from motion.metric import Side


class View(StrEnum):
    """How the camera stands to the person."""

    FRONTAL = "frontal"
    SAGITTAL = "sagittal"
    OBLIQUE = "oblique"


class Facing(StrEnum):
    """Where the person looks: to a side of the picture (sagittal, oblique), to the camera or away (frontal)."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames [first, last] of one view and facing, at least a second of them."""

    first: int
    last: int
    view: View
    facing: Facing

    @property
    def frames(self) -> slice:
        """The frames as an index into (n, …) arrays."""
        return slice(self.first, self.last + 1)

    @property
    def near(self) -> Side | None:
        """The side towards the camera; None where both are seen alike."""
        return _NEAR.get(self.facing)


_NEAR: dict[Facing, Side] = {Facing.LEFT: "left", Facing.RIGHT: "right"}
