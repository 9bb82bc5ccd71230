"""Headers are read and strangers' digits become numbers in one module each: read from the source of every HTTP room."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_import_rule import tree_of

ROOT = Path(__file__).parents[2]
HTTP_ROOMS = ("web", "ingest_gateway", "query_api")
READS_HEADERS = "web/headers.py"
READS_DIGITS = "web/digits.py"
OF_ANSWERS = {"self", "response", "error", "problem"}
"""Owners of headers that we write, not a client."""
BELOW_UVICORN = {"web/protocol.py"}
"""Sees a head before it is a request; it counts and passes on."""


def modules() -> dict[str, ast.Module]:
    files = sorted(file for room in HTTP_ROOMS for file in (ROOT / room).rglob("*.py"))
    return {str(file.relative_to(ROOT)): tree_of(file) for file in files}


def header_reads(tree: ast.AST) -> Iterator[str]:
    """`x.headers` of a request, `scope["headers"]`, Starlette's Headers, `getlist` but of query parameters."""
    return (ast.unparse(node) for node in ast.walk(tree) if reads_headers(node))


def reads_headers(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "headers" and ast.unparse(node.value) not in OF_ANSWERS
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.slice) == "'headers'" and "scope" in ast.unparse(node.value)
    if not isinstance(node, ast.Call) or ast.unparse(node.func).endswith("query_params.getlist"):
        return False
    return ast.unparse(node.func).endswith(("Headers", "getlist", ".cookies.get"))


def conversions(tree: ast.AST) -> Iterator[str]:
    """`int(…)`, `float(…)` and the like, called or handed over."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            named = [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
            wanted = [one for one in named if isinstance(one, ast.Name) and one.id in ("int", "float", "Decimal")]
            if wanted and not ast.unparse(node.func).startswith(("isinstance", "msgspec.")):
                yield ast.unparse(node)


def sees_requests(tree: ast.AST) -> bool:
    """Modules that compute from tables see numbers, never a stranger's text."""
    sources = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return any(source.split(".")[0] in ("starlette", "web", "jwt", "ipaddress") for source in sources)


def found(where: Callable[[ast.AST], Iterator[str]], but: set[str]) -> dict[str, list[str]]:
    every = {name: list(where(tree)) for name, tree in modules().items() if name not in but}
    return {name: places for name, places in every.items() if places}


def test_no_module_but_one_reads_a_requests_headers() -> None:
    assert found(header_reads, {READS_HEADERS} | BELOW_UVICORN) == {}


def test_no_module_but_one_makes_numbers_of_text() -> None:
    numbers = found(conversions, {READS_DIGITS})
    trees = modules()
    assert {name: places for name, places in numbers.items() if sees_requests(trees[name])} == {}


@pytest.mark.parametrize(
    "source",
    [
        "request.headers.get('x-consent-level')",
        "request.headers['Range']",
        "Headers(scope=scope).get('origin')",
        "starlette.datastructures.Headers(scope=scope)",
        "dict(scope['headers'])",
        "conn.headers.getlist('cookie')",
        "getattr(websocket.headers, 'get')",
    ],
)
def test_the_rule_finds_a_header_read_anywhere(source: str) -> None:
    assert list(header_reads(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["int(request.query_params['limit'])", "float(text)", "list(map(int, parts))", "f(convert=int)"]
)
def test_the_rule_finds_a_conversion_anywhere(source: str) -> None:
    assert list(conversions(ast.parse(source)))
