"""A model's outline from above, as it is kept beside the model."""

from typing import Annotated, Final

from msgspec import Meta, Struct

MOST_POINTS: Final = 4000

Point = Annotated[list[float], Meta(min_length=2, max_length=2)]


class Outline(Struct, frozen=True):
    """Rings around what a model covers and around holes in it, each of points x, z in the model's units.

    It is exact to `step`. `rings` is empty where the file has no triangles to be seen.
    """

    rings: list[list[Point]]
    step: float
