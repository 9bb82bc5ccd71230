"""What a model is, by its first bytes: whoever sends it may call it anything."""

import codecs
import re
from typing import Final, Literal, TypeAlias

SNIFFED_BYTES: Final = 64 * 1024
"""As many as are needed to tell every format; an OBJ may begin with long comments."""

ModelFormat: TypeAlias = Literal["glb", "gltf", "obj", "fbx"]

_GLB: Final = b"glTF"
_FBX: Final = (b"Kaydara FBX Binary  \x00", b"; FBX ")
"""Binary FBX, and the text form as the SDK writes it."""
_VERTEX: Final = re.compile(r"^v[ \t]+[-+.\d]", re.MULTILINE)
_FACE: Final = re.compile(r"^f[ \t]+[-\d]", re.MULTILINE)


def model_format(head: bytes) -> ModelFormat | None:
    """The format of a file that begins with these SNIFFED_BYTES, or is them; None for one that is none of the four.

    glTF 2.0 (ISO/IEC 12113) as binary or JSON; Wavefront OBJ is UTF-8 with vertices and faces among these bytes; FBX.
    """
    if head.startswith(_GLB):
        return "glb"
    if head.startswith(_FBX):
        return "fbx"
    if head.lstrip(b" \t\r\n").startswith(b"{"):
        return "gltf"
    return "obj" if _is_obj(head) else None


def _is_obj(head: bytes) -> bool:
    try:
        # the last character may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return "\0" not in text and bool(_VERTEX.search(text) and _FACE.search(text))
