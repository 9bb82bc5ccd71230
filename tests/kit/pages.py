"""The code blocks of a page, so that what a reader copies is what a test runs."""

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


def commands(page: str) -> list[str]:
    """The shell blocks of a page."""
    return [block.code for block in blocks(page) if block.language == "sh"]
