"""JSON without what its long strings hold, read block by block: a model may carry its buffers and pictures as text."""

import re
from typing import IO, Final

from schemas.game.models import BadModel

BLOCK_BYTES: Final = 16 * 1024
"""What is left out at once, longer than any escape: of a string at most four times as much stays."""
_QUOTE: Final = b'"'
_BACKSLASH: Final = b"\\"
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)


def without_long_strings(file: IO[bytes], most: int) -> bytes:
    """The rest of a file of JSON, but for blocks that lie in one string. Raises BadModel where more than `most` stays.

    What is no JSON stays none, but for bytes that no string may have in what is left out.
    """
    kept, inside, escape, plain_before = bytearray(), False, b"", False
    while block := file.read(BLOCK_BYTES):
        plain, plain_before = plain_before, _is_plain(block)
        # the one before is plain as well, so that no character and no \u0000 lost its other half
        if inside and plain and plain_before:
            continue
        block, escape = _divided(escape + block)
        inside ^= _ESCAPED.sub(b"", block).count(_QUOTE) % 2 == 1
        kept += block
        if len(kept) > most:
            raise BadModel(f"its JSON has more than {most} bytes besides buffers")
    return bytes(kept + escape)


def _is_plain(block: bytes) -> bool:
    return block.isascii() and _QUOTE not in block and _BACKSLASH not in block


def _divided(block: bytes) -> tuple[bytes, bytes]:
    """A block without a backslash at its end whose other half is still to come, and that backslash."""
    backslashes = len(block) - len(block.rstrip(_BACKSLASH))
    return (block[:-1], _BACKSLASH) if backslashes % 2 else (block, b"")
