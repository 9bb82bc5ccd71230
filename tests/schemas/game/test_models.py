"""What a model is and how far it reaches, by its bytes alone; a hostile one is refused, and costs next to nothing."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.game.models import BadModel, slim
from schemas.game.models.bounds import Bounds, bounds_of
from schemas.game.models.formats import SNIFFED_BYTES, ModelFormat, model_format
from schemas.game.models.gltf import LARGEST_JSON, MOST_NODES, MOST_VALUES
from schemas.game.models.scene import DEEPEST
from schemas.game.models.slim import without_long_strings
from tests.kit.models import document, fbx, glb, gltf, obj

BOX = Bounds([0.0, 0.0, 0.0], [4.0, 0.0, 2.0])
Vector = tuple[float, float, float]


def bounds(content: bytes) -> Bounds | None:
    found = model_format(content[:SNIFFED_BYTES])
    assert found is not None
    return bounds_of(BytesIO(content), found)


@pytest.mark.parametrize(("made", "format_", "expected"), [
    (glb, "glb", BOX), (gltf, "gltf", BOX), (obj, "obj", BOX), (fbx, "fbx", None),
])  # fmt: skip
def test_a_format_is_told_by_its_content(
    made: Callable[[], bytes], format_: ModelFormat, expected: Bounds | None
) -> None:
    content = made()
    assert model_format(content[:SNIFFED_BYTES]) == format_
    assert bounds(content) == expected


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04", b"hello", b"v 1 2 3\n", b"f 1 2 3\n", b"v 1 2 3\nf 1 2 3\n\xff", b"v 1 2 3\nf 1\0",
    b"#" * SNIFFED_BYTES + b"\nv 1 2 3\nf 1 2 3",
])  # fmt: skip
def test_what_is_none_of_the_four_is_none(content: bytes) -> None:
    assert model_format(content[:SNIFFED_BYTES]) is None


def test_an_obj_is_told_where_a_character_is_cut_at_the_end_of_what_is_looked_at() -> None:
    begun = b"v 1 2 3\nf 1 1 1\n#"
    assert model_format((begun + "é".encode() * SNIFFED_BYTES)[:SNIFFED_BYTES]) == "obj"


def test_nodes_move_turn_and_scale_what_belongs_to_them() -> None:
    half = math.sqrt(0.5)
    nodes: list[dict[str, Any]] = [
        {"translation": [10, 0, 0], "children": [1]},
        {"rotation": [0, half, 0, half], "children": [2]},
        {"matrix": [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 1, 0, 1], "mesh": 0},
    ]
    found = bounds(gltf(document(nodes)))
    assert found is not None
    # a quarter turn around y takes x to -z and z to x
    assert found.min == pytest.approx([10, 1, -8])
    assert found.max == pytest.approx([14, 1, 0], abs=1e-9)


numbers = st.floats(-100, 100, allow_subnormal=False)
vectors = st.tuples(numbers, numbers, numbers)
turns = st.tuples(numbers, numbers, numbers, numbers).filter(lambda turn: math.hypot(*turn) > 0.1)


@given(st.lists(st.tuples(vectors, turns, vectors), min_size=1, max_size=5))
@settings(max_examples=50)
def test_bounds_are_those_of_corners_moved_one_after_the_other(chain: Sequence[tuple[Any, Any, Any]]) -> None:
    nodes: list[dict[str, Any]] = [
        {"translation": moved, "rotation": turned, "scale": scaled, "children": [number + 1]}
        for number, (moved, turned, scaled) in enumerate(chain)
    ]
    nodes[-1] |= {"mesh": 0, "children": []}
    found = bounds(glb(document(nodes)))
    corners = [(x, 0.0, z) for x in (0.0, 4.0) for z in (0.0, 2.0)]
    for moved, turned, scaled in reversed(chain):
        corners = [_placed(corner, moved, turned, scaled) for corner in corners]
    assert found is not None
    size = max(abs(part) for corner in corners for part in corner) + 1
    assert found.min == pytest.approx([min(parts) for parts in zip(*corners, strict=True)], abs=size * 1e-9)
    assert found.max == pytest.approx([max(parts) for parts in zip(*corners, strict=True)], abs=size * 1e-9)


def _placed(point: Vector, moved: Vector, turned: Sequence[float], scaled: Vector) -> Vector:
    """v + 2u × (u × v + w v), of the unit quaternion (u, w)."""
    length = math.hypot(*turned)
    *u, w = (part / length for part in turned)
    v = [each * by for each, by in zip(point, scaled, strict=True)]
    inner = [crossed + w * each for crossed, each in zip(_cross(u, v), v, strict=True)]
    outer = _cross(u, inner)
    x, y, z = (v[axis] + 2 * outer[axis] + moved[axis] for axis in range(3))
    return x, y, z


def _cross(a: Sequence[float], b: Sequence[float]) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


@given(st.lists(vectors, min_size=1, max_size=30))
@settings(max_examples=50)
def test_bounds_of_an_obj_are_those_of_its_points(points: Sequence[Vector]) -> None:
    found = bounds(obj(points))
    assert found is not None
    assert found.min == [min(parts) + 0.0 for parts in zip(*points, strict=True)]
    assert found.max == [max(parts) + 0.0 for parts in zip(*points, strict=True)]


def test_an_obj_of_many_blocks_is_read_to_its_end() -> None:
    filling = b"# nothing here but words, line for line\r\n" * 250_000
    assert bounds(obj() + filling + b"  v\t-5 6 7.5e1 1.0\r\nv 1 2 3") == Bounds([-5.0, 0.0, 0.0], [4.0, 6.0, 75.0])


def test_a_model_that_shows_nothing_has_no_bounds() -> None:
    assert bounds(gltf(document([{}]))) is None
    assert bounds(gltf({"asset": {"version": "2.0"}})) is None


def _accessor(**fields: Any) -> Mapping[str, Any]:
    made = document()
    made["accessors"][0] |= fields
    return made


pieces = st.sampled_from(['"', "\\", "\\n", "é", "\U0001f3ae", "A" * 5, "A" * 40, "\x00"])
texts = st.lists(pieces, max_size=12).map("".join)


@given(st.dictionaries(texts, texts | st.lists(texts, max_size=3), max_size=5), st.booleans())
@settings(max_examples=300)
def test_json_without_its_long_strings_is_else_the_same(said: dict[str, Any], as_ascii: bool) -> None:
    written = json.dumps(said, ensure_ascii=as_ascii).encode()
    # longer than an escape, as every block is
    with patch.object(slim, "BLOCK_BYTES", 7):
        left = without_long_strings(BytesIO(written), len(written))
    read = json.loads(left)
    assert json.dumps(_shapes(read)) == json.dumps(_shapes(said))
    assert len(left) <= len(written)


def _shapes(said: Any) -> Any:
    """The same without runs of letters in strings, which are all that can be left out."""
    if isinstance(said, str):
        return said.replace("A", "")
    if isinstance(said, list):
        return [_shapes(each) for each in said]
    return [[_shapes(name), _shapes(each)] for name, each in said.items()]


def test_buffers_within_json_are_not_read_for_its_bounds() -> None:
    uri = "data:application/octet-stream;base64," + "A" * (2 * LARGEST_JSON)
    content = gltf(document(buffers=[{"byteLength": 60, "uri": uri}]))
    assert bounds(content) == BOX
    assert len(without_long_strings(BytesIO(content), LARGEST_JSON)) < 100_000


HOSTILE = {
    "a node that is its own child": gltf(document([{"mesh": 0, "children": [0]}])),
    "nodes that are each other's children": gltf(document([{"children": [1]}, {"children": [0]}])),
    "a mesh doubled by every level of nodes": gltf(
        document([*({"children": [n + 1, n + 1]} for n in range(60)), {"mesh": 0}])
    ),
    "nodes that are too deep": gltf(document([*({"children": [n + 1]} for n in range(DEEPEST)), {"mesh": 0}])),
    "too many nodes": gltf(document([{}] * (MOST_NODES + 1))),
    "more objects than can be built": b'{"asset":{"version":"2.0"},"nodes":[' + b"{}," * 600_000 + b"{}]}",
    "more values than can be built": gltf(document([{"children": [7] * (MOST_VALUES + 1)}])),
    "a scene of one node again and again": gltf(document(scenes=[{"nodes": [0] * 1_000_000}])),
    "a child again and again": gltf(document([{"children": [1] * 1_000_000}, {"mesh": 0}])),
    "other values of too many bytes": gltf() + b" " * LARGEST_JSON,
    "nodes of too many bytes": b'{"asset":{"version":"2.0"},"nodes":[' + b" " * LARGEST_JSON + b"]}",
    "more buffers than can be built": b'{"asset":{"version":"2.0"},"buffers":[' + b"{}," * 600_000 + b"{}]}",
    "a child that is not there": gltf(document([{"children": [7]}])),
    "a mesh that is not there": gltf(document([{"mesh": 7}])),
    "a scene that is not there": gltf(document(scene=7)),
    "an accessor that is not there": gltf(document(accessors=[])),
    "an index below nothing": gltf(document([{"mesh": -1}])),
    "no min and max": gltf(_accessor(min=None)),
    "a min of two numbers": gltf(_accessor(min=[0, 0])),
    "a number beyond all numbers": gltf().replace(b"[4, 0, 2]", b"[1e999, 0, 2]"),
    "NaN": gltf().replace(b"[4, 0, 2]", b"[NaN, 0, 2]"),
    "products beyond all numbers": gltf(document([{"mesh": 0, "scale": [1e308, 1, 1]}])),
    "a rotation of no length": gltf(document([{"mesh": 0, "rotation": [0, 0, 0, 0]}])),
    "JSON nested without end": b'{"asset": ' + b"[" * 1_000_000,
    "known keys nested without end": b'{"asset":{"version":"2.0"},"extras":' + b'{"a":' * 1_000_000,
    "JSON that is cut": gltf()[:-20],
    "no version": gltf({"scenes": []}),
    "glTF 1": gltf({"asset": {"version": "1.0"}}),
    "a list for a mesh": gltf(document(meshes=[[]])),
    "a binary header alone": glb()[:12],
    "a binary that is cut": glb()[:60],
    "a chunk of 4 GiB": glb()[:12] + b"\xff\xff\xff\xffJSON{}",
    "a chunk that is no JSON": glb()[:16] + b"BIN\0" + glb()[20:],
    "version 1 of the container": b"glTF\x01\0\0\0" + glb()[8:],
    "a vertex of two numbers": obj() + b"v 1 2\n",
    "a vertex that is not finite": obj() + b"v 1 nan 2\n",
    "a vertex of words": obj() + b"v one two three\n",
    "a line without an end": obj() + b"#" * 9_000_000,
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_model_is_refused_in_words_of_ours(content: bytes) -> None:
    with pytest.raises(BadModel) as refused:
        bounds(content)
    assert "somebody" not in str(refused.value)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_whatever_stands_in_a_container_is_bounds_or_refused(content: bytes) -> None:
    for whole in (glb(content), glb()[: len(content)], b"{" + content, obj() + content):
        if (found := model_format(whole[:SNIFFED_BYTES])) is not None:
            try:
                bounds_of(BytesIO(whole), found)
            except BadModel:
                continue


def test_external_buffers_are_not_so_much_as_looked_at() -> None:
    made = document(
        buffers=[{"uri": "http://127.0.0.1:1/nothing.bin", "byteLength": 60}, {"uri": "../../etc", "byteLength": 1}]
    )
    assert bounds(json.dumps(made).encode()) == BOX
