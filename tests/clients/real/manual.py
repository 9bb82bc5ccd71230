"""How docs/cmcd.md has pages set players up, as a module for pages: each snippet is a function as it stands there.

What a reader puts into it, the address and the content id, are the function's arguments.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.kit.pages import block

ADDRESS, CONTENT = "'https://collect.example.org/v1/cmcd/kpk_…?duration=1200'", "'film-1'"


class Manual(NamedTuple):
    """The snippet's title, what it finds in its page, and what it leaves there that plays."""

    title: str
    given: str
    made: str


MANUALS: Mapping[str, Manual] = {
    "hls.js": Manual("hls.js", "Hls", "hls"),
    "dash.js": Manual("dash.js", "player", "player"),
    "shaka-player": Manual("shaka.js", "player", "player"),
}


def module() -> str:
    """JavaScript: player → (what it finds in its page, address, content id) → what plays."""
    functions = "\n".join(f"'{player}': {_function(manual)}," for player, manual in MANUALS.items())
    return f"export const MANUAL = {{\n{functions}\n}};\n"


def _function(manual: Manual) -> str:
    snippet = block("docs/cmcd.md", manual.title)
    assert (snippet.count(ADDRESS), snippet.count(CONTENT)) == (1, 1), manual.title
    filled = snippet.replace(ADDRESS, "address").replace(CONTENT, "content")
    return f"({manual.given}, address, content) => {{\n{filled}\nreturn {manual.made};\n}}"
