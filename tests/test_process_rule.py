"""Processes are started in one place, `jobs/child.py`, so that what holds for one child holds for all."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_import_rule import MODULES, tree_of

THE_PLACE = "jobs.child"
STARTERS = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "os": {"fork", "forkpty", "popen", "system", "startfile"},
    "pty": {"fork", "spawn"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "asyncio.subprocess": {"create_subprocess_exec", "create_subprocess_shell"},
    "multiprocessing": {"Pool", "Process", "Manager", "get_context", "set_start_method"},
    "multiprocessing.pool": {"Pool"},
    "multiprocessing.context": {"Process", "SpawnProcess", "SpawnContext"},
    "concurrent.futures": {"ProcessPoolExecutor"},
    "concurrent.futures.process": {"ProcessPoolExecutor"},
}
"""Module → its names that start a process; of `os` also all that begin with exec, spawn and posix_spawn."""


def starts(tree: ast.AST) -> Iterator[int]:
    """The lines that name what starts a process, imported or as an attribute; types in annotations start nothing."""
    nodes = list(ast.walk(tree))
    types = {inner for node in nodes if (noted := _annotation(node)) for inner in ast.walk(noted)}
    called = {use.id for use in nodes if isinstance(use, ast.Name) and use not in types}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names = {alias.asname or alias.name for alias in node.names if _starts(str(node.module), alias.name)}
            if names & called or any(alias.name == "*" for alias in node.names):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node not in types and _any_starts(node.attr, ast.unparse(node.value)):
            yield node.lineno


def _annotation(node: ast.AST) -> ast.expr | None:
    return getattr(node, "annotation", None) or getattr(node, "returns", None)


def _starts(module: str, name: str) -> bool:
    return name in STARTERS.get(module, ()) or (module == "os" and name.startswith(("exec", "spawn", "posix_spawn")))


def _any_starts(name: str, of: str) -> bool:
    """Of a context of multiprocessing too, whatever it is called."""
    return _starts(of, name) or name in {"Popen", "Process", "ProcessPoolExecutor", "subprocess_exec"}


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {THE_PLACE}))
def test_no_other_module_starts_a_process(module: str) -> None:
    file = MODULES[module]
    assert [f"{file}:{line}" for line in starts(tree_of(file))] == []


def test_the_one_place_starts_them() -> None:
    assert len(list(starts(tree_of(MODULES[THE_PLACE])))) >= 3


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nsubprocess.run(['ls'])",
        "from subprocess import Popen as P\nP(['ls'])",
        "import os\nos.execv('/bin/ls', [])",
        "from os import posix_spawn\nposix_spawn('/bin/ls', [], {})",
        "def lazy():\n    import os\n    os.system('ls')",
        "import multiprocessing\nmultiprocessing.get_context('fork')",
        "context.Process(target=print).start()",
        "import concurrent.futures\nconcurrent.futures.ProcessPoolExecutor()",
        "import asyncio\nasyncio.create_subprocess_exec('ls')",
        "from subprocess import *",
    ],
)
def test_a_start_is_seen_however_it_is_written(code: str) -> None:
    assert list(starts(ast.parse(code)))


def test_a_type_is_no_start(tmp_path: Path) -> None:
    assert not list(starts(ast.parse("from subprocess import Popen\ndef f(p: Popen[bytes]) -> Popen[bytes]:\n  g(p)")))
