"""What the scene of a glTF shows, and where: nodes are trees, each of which is passed once."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.game.models import BadModel
from schemas.game.models.gltf import Accessor, Document, Node, Primitive, item_at

MOST_PARTS: Final = 1_000_000
"""Primitives that the scene shows, those of a mesh once for each node that shows it."""
DEEPEST: Final = 256

Matrix = NDArray[np.float64]
"""(4, 4): column vectors are multiplied from the left."""


class Placed(NamedTuple):
    """A primitive where the scene shows it."""

    primitive: Primitive
    matrix: Matrix


def placed(document: Document) -> Iterator[Placed]:
    """Every primitive of the scene. Raises BadModel for a node that stands twice in the tree, is too deep, or missing.

    By the specification the nodes are trees, so each is passed once.
    """
    seen: set[int] = set()
    parts = 0
    roots = _roots(document)
    if len(roots) > len(document.nodes):
        raise BadModel("its scene shows a node twice")
    waiting: list[tuple[int, Matrix, int]] = [(node, np.eye(4), 1) for node in roots]
    while waiting:
        number, outer, depth = waiting.pop()
        if number in seen or depth > DEEPEST:
            raise BadModel(f"its nodes are no trees of at most {DEEPEST} levels")
        seen.add(number)
        node = item_at(document.nodes, number, "node")
        matrix = outer @ matrix_of(node)
        if not np.isfinite(matrix).all():
            raise BadModel("a node's transform is not finite")
        if len(waiting) + len(node.children) > len(document.nodes):
            raise BadModel("a node of it stands twice in the tree")
        waiting.extend((child, matrix, depth + 1) for child in node.children)
        primitives = [] if node.mesh is None else item_at(document.meshes, node.mesh, "mesh").primitives
        parts += len(primitives)
        if parts > MOST_PARTS:
            raise BadModel(f"its scene shows more than {MOST_PARTS} primitives")
        yield from (Placed(primitive, matrix) for primitive in primitives)


def matrix_of(node: Node) -> Matrix:
    """Translation · rotation · scale, or the matrix as it stands, by columns (glTF 2.0, 3.5.3)."""
    if node.matrix is not None:
        return np.array(node.matrix).reshape(4, 4).T
    matrix = np.eye(4)
    with np.errstate(over="ignore", invalid="ignore"):
        matrix[:3, :3] = _turned(node.rotation or [0.0, 0.0, 0.0, 1.0]) * np.array(node.scale or [1.0, 1.0, 1.0])
    matrix[:3, 3] = node.translation or [0.0, 0.0, 0.0]
    return matrix


def positions_of(document: Document, primitive: Primitive) -> Accessor:
    """Where its points are. Raises BadModel where it has none."""
    if "POSITION" not in primitive.attributes:
        raise BadModel("a primitive has no POSITION")
    return item_at(document.accessors, primitive.attributes["POSITION"], "accessor")


def _roots(document: Document) -> Sequence[int]:
    """The nodes of the scene that is shown; where none is, those that are nobody's children."""
    if document.scenes:
        return item_at(document.scenes, document.scene, "scene").nodes
    children = {child for node in document.nodes for child in node.children}
    return [number for number in range(len(document.nodes)) if number not in children]


def _turned(quaternion: Sequence[float]) -> Matrix:
    """(3, 3) of a rotation x, y, z, w, which need not have length 1."""
    length = math.hypot(*quaternion)
    if not math.isfinite(length) or length == 0:
        raise BadModel("a node's rotation is no rotation")
    x, y, z, w = (part / length for part in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
