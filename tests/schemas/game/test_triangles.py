"""Triangles of models, where their scene shows them: strips, fans, faces of many corners; none from outside."""

import base64
import json
import struct
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.game.models import BadModel, triangles
from schemas.game.models.formats import ModelFormat
from schemas.game.models.triangles import triangles_of
from tests.kit.models import FLAT, TWO, document, fbx, floor_bytes, glb, gltf, obj

FLOOR = [[FLAT[corner] for corner in triangle] for triangle in TWO]
Corner = tuple[float, ...]


def shown(content: bytes, format_: ModelFormat) -> list[list[Corner]]:
    parts = list(triangles_of(BytesIO(content), format_))
    return [[tuple(corner) for corner in triangle] for part in parts for triangle in part.tolist()]


def embedded(made: dict[str, Any], content: bytes) -> bytes:
    uri = "data:application/octet-stream;base64," + base64.b64encode(content).decode()
    return json.dumps({**made, "buffers": [{"byteLength": len(content), "uri": uri}]}).encode()


def test_every_format_shows_the_floor() -> None:
    assert shown(glb(), "glb") == FLOOR
    assert shown(embedded(document(), floor_bytes()), "gltf") == FLOOR
    assert shown(obj(), "obj") == FLOOR
    assert shown(fbx(), "fbx") == []


def test_each_node_shows_its_mesh_where_it_puts_it() -> None:
    nodes: list[dict[str, Any]] = [
        {"children": [1, 2]},
        {"mesh": 0, "translation": [10, 0, 0]},
        {"mesh": 0, "scale": [1, 1, 2]},
    ]
    moved = [[(x + 10, y, z) for x, y, z in triangle] for triangle in FLOOR]
    wide = [[(x, y, 2 * z) for x, y, z in triangle] for triangle in FLOOR]
    assert sorted(shown(glb(document(nodes)), "glb")) == sorted(moved + wide)


@pytest.mark.parametrize(("mode", "expected"), [
    (4, [(0, 1, 2)]), (5, [(0, 1, 2), (1, 2, 3)]), (6, [(0, 1, 2), (0, 2, 3)]), (1, []), (0, []),
])  # fmt: skip
def test_points_without_indexes_follow_each_other_as_their_mode_says(mode: int, expected: Sequence[Any]) -> None:
    made = document(meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "mode": mode}]}])
    assert shown(glb(made), "glb") == [[FLAT[corner] for corner in triangle] for triangle in expected]


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/floor.bin", "floor.bin", "file:///etc/passwd"])
def test_what_lies_outside_is_missing(uri: str) -> None:
    assert shown(gltf(document(buffers=[{"byteLength": 60, "uri": uri}])), "gltf") == []


def _with(accessor: int, **fields: Any) -> dict[str, Any]:
    made = document()
    made["accessors"][accessor] |= fields
    return made


HOSTILE = {
    "points beyond the buffer": glb(_with(0, count=5)),
    "counts beyond all memory": glb(_with(0, count=2**60)),
    "indexes beyond the buffer": glb(_with(1, byteOffset=2)),
    "a stride of nothing": glb(document(bufferViews=[{"buffer": 0, "byteLength": 48, "byteStride": 0}] * 2)),
    "an index without a point": glb(binary=floor_bytes()[:48] + struct.pack("<6H", 0, 1, 2, 0, 2, 9)),
    "a view that is not there": glb(document(bufferViews=[])),
    "a buffer that is not there": glb(document(bufferViews=[{"buffer": 3, "byteLength": 48}] * 2)),
    "a binary chunk that is cut": glb()[:-8],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_binary_is_refused(content: bytes) -> None:
    with pytest.raises(BadModel):
        shown(content, "glb")


@pytest.mark.parametrize("uri", ["data:,plain", "data:a;base64,%%%", "data:a,b;base64,AAAA"])
def test_data_that_is_no_base64_is_refused(uri: str) -> None:
    with pytest.raises(BadModel):
        shown(gltf(document(buffers=[{"byteLength": 60, "uri": uri}])), "gltf")


faces = st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=7), min_size=1, max_size=8)


@given(faces, st.booleans())
@settings(max_examples=50)
def test_faces_of_an_obj_are_fans_counted_from_either_end(given_: list[list[int]], from_end: bool) -> None:
    written = [[corner - 5 for corner in face] if from_end else face for face in given_]
    expected = [
        [FLAT[face[0] - 1], FLAT[face[at] - 1], FLAT[face[at + 1] - 1]]
        for face in given_
        for at in range(1, len(face) - 1)
    ]
    assert shown(obj(faces=written), "obj") == expected


def test_faces_may_name_textures_and_normals_and_stand_between_points() -> None:
    lines = b"v 0 0 0\nv 4 0 0\nv 4 0 2\nf 1/1/1 2//2 3/7\nv 0 0 2\nf -4 -2\t-1 \r\n"
    assert shown(lines, "obj") == FLOOR


@pytest.mark.parametrize("face", [b"f 1 2 9\n", b"f 0 1 2\n", b"f -9 1 2\n", b"f one 2 3\n", b"f 1.5 2 3\n"])
def test_a_face_without_its_points_is_refused(face: bytes) -> None:
    with pytest.raises(BadModel):
        shown(obj() + face, "obj")


def test_more_triangles_than_can_be_drawn_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triangles, "MOST_TRIANGLES", 3)
    both = document([{"children": [1, 2]}, {"mesh": 0}, {"mesh": 0}])
    for content, format_ in (
        (glb(both), "glb"),
        (obj(faces=[(1, 2, 3)] * 4), "obj"),
        (obj(faces=[(1, 2, 3, 4, 1, 2)]), "obj"),
    ):
        with pytest.raises(BadModel, match="more than 3 triangles"):
            shown(content, format_)  # type: ignore[arg-type]
    assert np.isfinite(shown(glb(), "glb")).all()
