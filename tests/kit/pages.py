"""The code blocks of a page, so that what a reader copies is what a test runs.

A block whose fence says `sh` is run by `tests/docs/test_pages.py` beside a running system, on whichever page of `docs/`
it stands. A block with a title, ```python title="send.py", is a file that the page's shell blocks may name. A test of
its own, in a browser or with packages that are not installed everywhere, finds it by `block(page, title)`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block; `title` is the file it belongs into, where it has one."""

    language: str
    title: str | None
    code: str


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page of the project that name their language, in order."""
    found = _BLOCK.findall((ROOT / page).read_text())
    return [Block(language, title or None, code) for language, title, code in found]


def block(page: str, title: str) -> str:
    """The code of the page's one block with that title."""
    (code,) = (each.code for each in blocks(page) if each.title == title)
    return code


def commands(page: str) -> list[str]:
    """The shell blocks of a page."""
    return [block.code for block in blocks(page) if block.language == "sh"]
