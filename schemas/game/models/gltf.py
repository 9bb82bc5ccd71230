"""glTF 2.0 (ISO/IEC 12113): the JSON of a model.

Only what is declared here is built of the JSON; buffers, images and extensions in it are passed over.
"""

from collections.abc import Sequence
from struct import Struct as Layout
from typing import IO, Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from schemas.game.models import LARGEST_MODEL, BadModel
from schemas.game.models.slim import without_long_strings

LARGEST_JSON: Final = 16 * 2**20
"""Bytes of the JSON of a binary model, whose numbers stand behind it."""
MOST_NODES: Final = 100_000
MOST_OBJECTS: Final = 500_000
MOST_VALUES: Final = 4_000_000
"""What is built of the JSON."""

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


T = TypeVar("T")


def document_of(file: IO[bytes], *, binary: bool, with_buffers: bool = True) -> Document:
    """The JSON of a .glb (`binary`) or .gltf, whose bytes are read no further. Raises BadModel.

    `with_buffers` says whether buffers that lie in the JSON are wanted, which are most of it.
    """
    parts = decoded(_json_of(file, binary, with_buffers), _Parts)
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


def item_at(found: Sequence[T], number: int, what: str) -> T:
    """The one of that number. Raises BadModel where the model has not as many."""
    if number >= len(found):
        raise BadModel(f"it names a {what} that it does not have")
    return found[number]


def _json_of(file: IO[bytes], binary: bool, with_buffers: bool) -> bytes:
    if binary:
        return _json_chunk(file)
    return file.read(LARGEST_MODEL + 1) if with_buffers else without_long_strings(file, LARGEST_JSON)


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
