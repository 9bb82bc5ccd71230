"""Each kind of client has a page, and what a reader copies from it is run by a test."""

import re

import pytest

from tests.kit.pages import ROOT, blocks, commands

OVERVIEW = "docs/clients.md"
SHOWN_ONLY = {"json", "http", "mermaid", "text", "console"}
"""Languages of blocks that nobody runs: data, pictures, and what needs a network."""


def pages() -> list[str]:
    """Those of the overview's table of clients."""
    rows = [line for line in (ROOT / OVERVIEW).read_text().splitlines() if line.startswith("| ")]
    linked = [target for row in rows for target in re.findall(r"\]\(([a-z-]+\.md)\)", row)]
    return sorted({f"docs/{target}" for target in linked})


def client_tests() -> str:
    """The text of the tests that run snippets of pages."""
    return "".join(file.read_text() for file in sorted((ROOT / "tests" / "clients").rglob("*.py")))


def test_there_is_a_page_for_each_kind_of_client() -> None:
    assert {"docs/python-client.md", "docs/game-clients.md"} <= set(pages())


@pytest.mark.parametrize("page", pages())
def test_a_page_of_a_client_has_a_snippet_and_a_test_runs_each(page: str) -> None:
    snippets = [block for block in blocks(page) if block.language not in SHOWN_ONLY]
    assert snippets, f"{page} shows nothing to start from"
    shell, tests = "".join(commands(page)), client_tests()
    for block in snippets:
        by_shell = block.language == "sh" or bool(block.title and block.title in shell)
        by_test = f'block("{page}", "{block.title}")' in tests
        assert by_shell or by_test, f"{page}: nothing runs {block.title or block.code}; see tests/kit/pages.py"
