"""glTF 2.0 (ISO/IEC 12113): the JSON of a model, and where its parts stand in the scene.

Only what is declared here is built of the JSON; buffers, images and extensions in it are passed over.
"""

import math
from collections.abc import Iterator, Sequence
from struct import Struct as Layout
from typing import IO, Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Raw, Struct
from numpy.typing import NDArray

from schemas.game.models import LARGEST_MODEL, BadModel

LARGEST_JSON: Final = 16 * 2**20
"""Bytes of the JSON of a binary model, whose numbers stand behind it."""
MOST_NODES: Final = 100_000
MOST_OBJECTS: Final = 500_000
MOST_VALUES: Final = 4_000_000
"""What is built of the JSON."""
MOST_PARTS: Final = 1_000_000
"""Primitives that the scene shows, those of a mesh once for each node that shows it."""
DEEPEST: Final = 256

Matrix = NDArray[np.float64]
"""(4, 4): column vectors are multiplied from the left."""

_HEADER: Final = Layout("<4sII")
_CHUNK: Final = Layout("<I4s")
_VERSION: Final = 2
_JSON: Final = b"JSON"
_BINARY: Final = b"BIN\0"

Vector = Annotated[list[float], Meta(min_length=3, max_length=3)]
Quaternion = Annotated[list[float], Meta(min_length=4, max_length=4)]
Sixteen = Annotated[list[float], Meta(min_length=16, max_length=16)]
Index = Annotated[int, Meta(ge=0)]
_NO_MORE: Final = 16
_NONE: Final = Raw(b"[]")


class Asset(Struct):
    """Which glTF it is."""

    version: str


class Sparse(Struct):
    """Numbers that stand in for some of a buffer view's."""


class Accessor(Struct, rename="camel"):
    """Numbers of a buffer view, and their least and largest."""

    count: Index
    type: str
    component_type: int
    buffer_view: Index | None = None
    byte_offset: Index = 0
    min: Annotated[list[float], Meta(max_length=_NO_MORE)] | None = None
    max: Annotated[list[float], Meta(max_length=_NO_MORE)] | None = None
    sparse: Sparse | None = None


class BufferView(Struct, rename="camel"):
    """Bytes of a buffer."""

    buffer: Index
    byte_length: Index
    byte_offset: Index = 0
    byte_stride: Index | None = None


class Primitive(Struct):
    """A part of a mesh: triangles, mostly."""

    attributes: dict[str, Index]
    mode: int = 4
    indices: Index | None = None


class Mesh(Struct):
    """A thing in its own coordinates."""

    primitives: list[Primitive]


class Node(Struct):
    """A place in the scene, in that of the node it belongs to."""

    mesh: Index | None = None
    children: list[Index] = []
    matrix: Sixteen | None = None
    translation: Vector | None = None
    rotation: Quaternion | None = None
    scale: Vector | None = None


class Scene(Struct):
    """What is shown together."""

    nodes: list[Index] = []


class _Parts(Struct, rename="camel"):
    """The JSON of a model, whose parts are counted before any of them is built."""

    asset: Asset
    scene: Index = 0
    scenes: Raw = _NONE
    nodes: Raw = _NONE
    meshes: Raw = _NONE
    accessors: Raw = _NONE
    buffer_views: Raw = _NONE
    buffers: Raw = _NONE


class Document(NamedTuple):
    """A model, but for its buffers, which are as long as the file: `buffers` is their JSON."""

    scene: int
    scenes: list[Scene]
    nodes: list[Node]
    meshes: list[Mesh]
    accessors: list[Accessor]
    buffer_views: list[BufferView]
    buffers: Raw


class Placed(NamedTuple):
    """A primitive where the scene shows it."""

    primitive: Primitive
    matrix: Matrix


T = TypeVar("T")


def document_of(file: IO[bytes], *, binary: bool) -> Document:
    """The JSON of a .glb (`binary`) or .gltf, whose bytes are read no further. Raises BadModel."""
    content = _json_chunk(file) if binary else file.read(LARGEST_MODEL + 1)
    parts = decoded(content, _Parts)
    if parts.asset.version.partition(".")[0] != str(_VERSION):
        raise BadModel("it is no glTF 2.0: export it as that")
    _refuse_many(parts)
    document = Document(
        parts.scene,
        decoded(parts.scenes, list[Scene]),
        decoded(parts.nodes, list[Node]),
        decoded(parts.meshes, list[Mesh]),
        decoded(parts.accessors, list[Accessor]),
        decoded(parts.buffer_views, list[BufferView]),
        parts.buffers,
    )
    if len(document.nodes) > MOST_NODES:
        raise BadModel(f"it has more than {MOST_NODES} nodes")
    return document


def decoded(content: bytes | Raw, kind: type[T]) -> T:
    """A part of a model. Raises BadModel."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadModel(f"its JSON is no glTF: {_place(error)}") from None


def _refuse_many(parts: _Parts) -> None:
    """An object of three bytes takes a hundred once it is built."""
    built = [bytes(part) for part in (parts.scenes, parts.nodes, parts.meshes, parts.accessors, parts.buffer_views)]
    if sum(map(len, built)) > LARGEST_JSON:
        raise BadModel(f"its nodes, meshes and accessors have more than {LARGEST_JSON} bytes of JSON")
    objects = sum(part.count(b"{") for part in (*built, bytes(parts.buffers)))
    values = sum(part.count(b",") for part in built)
    if objects > MOST_OBJECTS or values > MOST_VALUES:
        raise BadModel(f"its JSON has more than {MOST_OBJECTS} objects or {MOST_VALUES} values")


def binary_chunk(file: IO[bytes]) -> bytes:
    """What follows the JSON of a .glb, of which the file stands at the end; empty where nothing does."""
    head = file.read(_CHUNK.size)
    if not head:
        return b""
    length, kind = _unpacked(_CHUNK, head)
    return _exactly(file, length, LARGEST_MODEL) if kind == _BINARY else b""


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


def item_at(found: Sequence[T], number: int, what: str) -> T:
    """The one of that number. Raises BadModel where the model has not as many."""
    if number >= len(found):
        raise BadModel(f"it names a {what} that it does not have")
    return found[number]


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


def _json_chunk(file: IO[bytes]) -> bytes:
    _, version, _ = _unpacked(_HEADER, file.read(_HEADER.size))
    if version != _VERSION:
        raise BadModel("it is no glTF 2.0: export it as that")
    length, kind = _unpacked(_CHUNK, file.read(_CHUNK.size))
    if kind != _JSON:
        raise BadModel("its first chunk is no JSON")
    return _exactly(file, length, LARGEST_JSON)


def _unpacked(layout: Layout, content: bytes) -> tuple[Any, ...]:
    if len(content) < layout.size:
        raise BadModel("it ends before its first chunk does")
    return layout.unpack(content)


def _exactly(file: IO[bytes], length: int, most: int) -> bytes:
    if length > most:
        raise BadModel(f"a chunk of it says that it has more than {most} bytes")
    content = file.read(length)
    if len(content) < length:
        raise BadModel("it ends before its last chunk does")
    return content


def _place(error: Exception) -> str:
    """Where it is wrong: what stands there came from a stranger, and keys of its own are left out."""
    if not isinstance(error, msgspec.ValidationError):
        return "it is not JSON, or cut off"
    said = str(error)
    return said if said.startswith(("Expected", "Object missing")) and len(said) < 200 else "a value is of another kind"
