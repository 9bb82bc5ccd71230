"""How far a model reaches, whatever format it is in."""

from itertools import product
from typing import IO, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.game.models import BadModel
from schemas.game.models.formats import ModelFormat
from schemas.game.models.gltf import Accessor, Document, document_of
from schemas.game.models.obj import vertices
from schemas.game.models.scene import Matrix, placed, positions_of

DIMENSIONS: Final = 3
_CORNERS: Final = np.array(list(product((0, 1), repeat=DIMENSIONS)))


class Bounds(Struct, frozen=True):
    """The box around a model, x, y, z of its corners in the model's units."""

    min: list[float]
    max: list[float]


def bounds_of(file: IO[bytes], format_: ModelFormat) -> Bounds | None:
    """The bounds of a model that is read from its beginning; None for FBX, and for one that shows nothing.

    Of glTF they are those that its accessors state, as the nodes place them: the box around turned boxes. The points
    themselves are not looked at, wherever they lie. Raises BadModel.
    """
    if format_ == "fbx":
        return None
    if format_ == "obj":
        return _of_vertices(file)
    return _of_document(document_of(file, binary=format_ == "glb", with_buffers=False))


def _of_document(document: Document) -> Bounds | None:
    box = _Box()
    for primitive, matrix in placed(document):
        box.around(_corners(positions_of(document, primitive), matrix))
    return box.bounds()


def _corners(positions: Accessor, matrix: Matrix) -> NDArray[np.float64]:
    """(8, 3): where the node puts the corners of a primitive's own box."""
    least, largest = positions.min or [], positions.max or []
    if len(least) != DIMENSIONS or len(largest) != DIMENSIONS:
        raise BadModel("an accessor of POSITION has no min and max of three numbers, which glTF 2.0 requires")
    box = np.where(_CORNERS, largest, least)
    with np.errstate(over="ignore", invalid="ignore"):
        return box @ matrix[:3, :3].T + matrix[:3, 3]


def _of_vertices(file: IO[bytes]) -> Bounds | None:
    box = _Box()
    for points in vertices(file):
        box.around(points)
    return box.bounds()


class _Box:
    """Grows around points."""

    def __init__(self) -> None:
        self._min = np.full(DIMENSIONS, np.inf)
        self._max = np.full(DIMENSIONS, -np.inf)

    def around(self, points: NDArray[np.float64]) -> None:
        """(N, 3), which must be finite."""
        if not np.isfinite(points).all():
            raise BadModel("a point of it is not finite")
        if points.size:
            self._min = np.minimum(self._min, points.min(axis=0))
            self._max = np.maximum(self._max, points.max(axis=0))

    def bounds(self) -> Bounds | None:
        """What it is by now; None around nothing."""
        if np.isinf(self._min).any():
            return None
        # without signs of zero
        return Bounds((self._min + 0.0).tolist(), (self._max + 0.0).tolist())
