"""The triangles of a model, where its scene shows them; what lies outside of the file is never fetched, and missing."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from schemas.game.models import BadModel
from schemas.game.models.formats import ModelFormat
from schemas.game.models.gltf import (
    Accessor,
    Document,
    Primitive,
    binary_chunk,
    decoded,
    document_of,
    item_at,
)
from schemas.game.models.obj import blocks, points_of
from schemas.game.models.scene import placed, positions_of

MOST_TRIANGLES: Final = 2_000_000
"""Of all that the scene shows, each as often as it does."""

Triangles = NDArray[np.float64]
"""(N, 3, 3): three points of x, y, z."""

_DATA: Final = "data:"
_BASE64: Final = ";base64,"
_FLOAT: Final = 5126
_INDEXES: Final[Mapping[int, str]] = {5121: "<u1", 5123: "<u2", 5125: "<u4"}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6


class Buffer(Struct):
    """Bytes, in a chunk of the file where it has no `uri`, in the text of one that is data; else outside."""

    uri: str | None = None


def triangles_of(file: IO[bytes], format_: ModelFormat) -> Iterator[Triangles]:
    """All of them, part by part, of a file that is read from its beginning; none of FBX. Raises BadModel."""
    if format_ == "obj":
        yield _of_faces(file)
    elif format_ != "fbx":
        yield from _of_scene(file, binary=format_ == "glb")


def _of_scene(file: IO[bytes], *, binary: bool) -> Iterator[Triangles]:
    document = document_of(file, binary=binary)
    buffers = decoded(document.buffers, list[Buffer])
    inside = [_inside(buffer) for buffer in buffers]
    if binary and buffers and buffers[0].uri is None:
        inside[0] = binary_chunk(file)
    shown = 0
    for primitive, matrix in placed(document):
        corners = _corners(document, primitive, inside)
        if corners is None:
            continue
        points, indexes = corners
        shown += len(indexes)
        _refuse_many(shown)
        moved = points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        yield moved[indexes]


def _corners(
    document: Document, primitive: Primitive, inside: list[bytes | None]
) -> tuple[NDArray[Any], NDArray[np.int64]] | None:
    """Points (M, 3) of a primitive and its triangles (N, 3) of their places.

    None where it has no triangles, or lies outside, or packed as only an extension says.
    """
    positions = positions_of(document, primitive)
    if primitive.mode not in (_TRIANGLES, _STRIP, _FAN) or (positions.component_type, positions.type) != (
        _FLOAT,
        "VEC3",
    ):
        return None
    points = _numbers(document, positions, "<f4", 3, inside)
    if points is None:
        return None
    places: NDArray[Any] | None = np.arange(len(points))
    if primitive.indices is not None:
        accessor = item_at(document.accessors, primitive.indices, "accessor")
        kind = _INDEXES.get(accessor.component_type)
        places = None if kind is None else _numbers(document, accessor, kind, 1, inside)
    if places is None:
        return None
    places = places.reshape(-1).astype(np.int64)
    if places.size and places.max() >= len(points):
        raise BadModel("a triangle of it names a point that it does not have")
    return points, _threes(places, primitive.mode)


def _threes(places: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """(N, 3) of places as they follow each other (glTF 2.0, 3.7.2.1)."""
    if mode == _TRIANGLES:
        return places[: places.size // 3 * 3].reshape(-1, 3)
    if places.size < 3:
        return np.empty((0, 3), np.int64)
    first = places[:-2] if mode == _STRIP else np.broadcast_to(places[0], places.size - 2)
    return np.column_stack((first, places[1:-1], places[2:]))


def _numbers(
    document: Document, accessor: Accessor, kind: str, width: int, inside: list[bytes | None]
) -> NDArray[Any] | None:
    """(count, width) of an accessor, none of whose numbers is copied; None where they are not in the file."""
    if accessor.buffer_view is None or accessor.sparse is not None:
        return None
    view = item_at(document.buffer_views, accessor.buffer_view, "buffer view")
    content = item_at(inside, view.buffer, "buffer")
    if content is None:
        return None
    size = np.dtype(kind).itemsize * width
    stride = size if view.byte_stride is None else view.byte_stride
    begin = view.byte_offset + accessor.byte_offset
    end = begin + stride * (accessor.count - 1) + size
    if stride < size or end > min(len(content), view.byte_offset + view.byte_length):
        raise BadModel("an accessor of it reaches beyond its buffer")
    strides = (stride, np.dtype(kind).itemsize)
    return np.ndarray((accessor.count, width), kind, content, begin, strides)


def _inside(buffer: Buffer) -> bytes | None:
    """The bytes of a data URI (RFC 2397); None for what is elsewhere."""
    if buffer.uri is None or not buffer.uri.startswith(_DATA):
        return None
    head, mark, text = buffer.uri.partition(_BASE64)
    if not mark or "," in head:
        raise BadModel("a buffer of it is data, but not in base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadModel("a buffer of it is no base64") from None


def _of_faces(file: IO[bytes]) -> Triangles:
    """Those of an OBJ; a face of more corners is a fan."""
    points: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int64]] = []
    before = shown = 0
    for lines in blocks(file):
        points.append(points_of(lines))
        found = _faces(lines, before)
        before, shown = before + len(points[-1]), shown + len(found)
        _refuse_many(shown)
        faces.append(found)
    every = np.concatenate(points)
    places = np.concatenate(faces)
    if places.size and (places.min() < 0 or places.max() >= len(every)):
        raise BadModel("a face of it names a point that it does not have")
    return every[places]


def _faces(lines: pl.Series, before: int) -> NDArray[np.int64]:
    """(N, 3): the triangles of the lines that are faces, as places of points from 0; `before` points came before."""
    is_point = lines.str.contains(r"^v\s")
    corners = lines.str.replace_all(r"/\S*", "").str.replace_all(r"\s+", " ").str.slice(2).str.split(" ")
    known = (is_point.cast(pl.Int64).cum_sum() + before).alias("known")
    faces = pl.DataFrame({"corners": corners, "known": known}).filter(~is_point, pl.col("corners").list.len() >= 3)
    placed_ = faces.select(
        pl.col("known"),
        pl.col("corners").list.eval(pl.element().cast(pl.Int64, strict=False)),
    )
    count = pl.col("corners").list.len() - 2
    _refuse_many(int(placed_.select(count.sum()).item() or 0))
    fans = placed_.select(
        "known",
        first=pl.col("corners").list.first(),
        second=pl.col("corners").list.slice(1, count),
        third=pl.col("corners").list.slice(2, count),
    ).explode("second", "third")
    counted = fans.select(
        # a negative one counts from the last point that came before
        pl.when(pl.col(name) < 0).then(pl.col(name) + pl.col("known")).otherwise(pl.col(name) - 1)
        for name in ("first", "second", "third")
    )
    if any(column.null_count() for column in counted):
        raise BadModel("a face of it names a point by what is no number")
    return counted.to_numpy().reshape(-1, 3)


def _refuse_many(count: int) -> None:
    if count > MOST_TRIANGLES:
        raise BadModel(f"it shows more than {MOST_TRIANGLES} triangles")
