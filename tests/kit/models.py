"""Models of levels as exporters write them, made of a few numbers."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

Numbers = Sequence[float]
FLAT = [(0, 0, 0), (4, 0, 0), (4, 0, 2), (0, 0, 2)]
"""The corners of a floor of 4 by 2, x, y, z."""
TWO = [(0, 1, 2), (0, 2, 3)]
"""Its triangles."""


def document(nodes: Sequence[Mapping[str, Any]] = ({"mesh": 0},), **fields: Any) -> dict[str, Any]:
    """A glTF whose one mesh is the floor."""
    return {
        "asset": {"version": "2.0", "generator": "somebody"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": list(nodes),
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0, 0, 0], "max": [4, 0, 2]},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 12}],
        "buffers": [{"byteLength": 60}],
        **fields,
    }


def floor_bytes() -> bytes:
    """The numbers of the floor as a buffer has them."""
    corners = b"".join(struct.pack("<3f", *corner) for corner in FLAT)
    return corners + b"".join(struct.pack("<3H", *triangle) for triangle in TWO)


def gltf(made: Mapping[str, Any] | None = None) -> bytes:
    return json.dumps(document() if made is None else made).encode()


def glb(made: Mapping[str, Any] | bytes | None = None, binary: bytes | None = None) -> bytes:
    """A binary one, of a document or of what stands in its place."""
    text = made if isinstance(made, bytes) else gltf(made)
    text += b" " * (-len(text) % 4)
    content = floor_bytes() if binary is None else binary
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(content), b"BIN\0") + content
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def obj(points: Sequence[Numbers] = FLAT, faces: Sequence[Sequence[int]] = ((1, 2, 3, 4),)) -> bytes:
    lines = [f"v {x} {y} {z}" for x, y, z in points] + [f"f {' '.join(map(str, face))}" for face in faces]
    return ("# a level\n" + "\n".join(lines) + "\n").encode()


def fbx() -> bytes:
    return b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(100)
