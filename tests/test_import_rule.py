"""The rooms' "may import" table and the absence of cycles, read from the source, lazy imports included."""

import ast
import gc
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from schemas.shared.stream import modules

ROOT = Path(__file__).parents[1]
BELOW_THE_ROLES = {"schemas", "event_log", "blob_store", "web", "control", "motion", "sinks", "reports"}
MAY_IMPORT = {
    "schemas": set[str](),
    "event_log": {"schemas"},
    "blob_store": {"schemas"},
    "web": {"schemas", "control"},
    "control": {"schemas"},
    "motion": set[str](),
    "reports": {"motion"},
    "sinks": {"schemas", "motion"},
    "ingest_gateway": {"schemas", "event_log", "blob_store", "control", "web", "motion"},
    "flows": {"schemas", "event_log", "blob_store", "sinks", "motion", "control"},
    "jobs": BELOW_THE_ROLES,
    "query_api": {"schemas", "sinks", "control", "blob_store", "web", "event_log", "motion", "reports"},
    "kinelake": BELOW_THE_ROLES | {"ingest_gateway", "flows", "jobs", "query_api"},
}
ROOMS_IN_A_ROOM = ("kinelake.commands", "kinelake.example")
"""Where what belongs to a stream stands one level deeper."""
NO_ACTIVITIES = {"body", "documents", "synthetic", "texts"}
"""Packages of motion that are no activity."""
NO_ROOMS = {"tests", "benchmarks", "notebooks", "deploy", "docs", "data", "site"}


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for room in MAY_IMPORT for file in files(room)}


def tree_of(file: Path) -> ast.Module:
    """A file's syntax, read while nothing is collected.

    CPython 3.11 raises SystemError (recursion depth mismatch) where a callback of the collector, such as hypothesis's,
    runs in the middle of it.
    """
    gc.disable()
    try:
        return ast.parse(file.read_text())
    finally:
        gc.enable()


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that is carried out; those under TYPE_CHECKING are not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from statements(ast.Module(node.orelse, []))
        else:
            yield from statements(node)


@cache
def imported(file: Path) -> frozenset[str]:
    """The modules of ours that a file imports; `from room import module` is the module, not the room."""
    names = set[str]()
    for statement in statements(tree_of(file)):
        if isinstance(statement, ast.Import):
            names.update(alias.name for alias in statement.names)
        elif statement.module is not None:
            inner = {f"{statement.module}.{alias.name}" for alias in statement.names}
            names.update(name if name in MODULES else statement.module for name in inner)
    return frozenset(name for name in names if name.partition(".")[0] in MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    forbidden = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files(room)
        for name in sorted(imported(file))
        if name.partition(".")[0] not in MAY_IMPORT[room] | {room}
    ]
    assert forbidden == []


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: imported(file) - {name} for name, file in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other in a circle: {' ← '.join(error.args[1])}", pytrace=False)


def test_rooms_are_imported_by_name_and_never_relatively() -> None:
    relative = [
        f"{file.relative_to(ROOT)}:{statement.lineno}"
        for file in MODULES.values()
        for statement in statements(tree_of(file))
        if isinstance(statement, ast.ImportFrom) and statement.level > 0
    ]
    assert relative == []


def test_every_package_at_the_top_is_a_room_with_its_line_in_the_table() -> None:
    packages = {file.parent.name for file in ROOT.glob("[!.]*/__init__.py")}
    assert packages - NO_ROOMS <= set(MAY_IMPORT)


def stream_of(module: str) -> str | None:
    """The module of streams that a module's path names, below its room."""
    room = next((inner for inner in ROOMS_IN_A_ROOM if module.startswith(f"{inner}.")), module.partition(".")[0])
    name = module.removeprefix(f"{room}.").partition(".")[0]
    return name if name in modules() else None


def names_a_stream(module: str) -> list[str]:
    """The modules of streams that one of none imports."""
    if stream_of(module) is not None:
        return []
    return sorted(name for name in imported(MODULES[module]) if stream_of(name) is not None)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_whose_path_names_no_stream_imports_none_that_does(module: str) -> None:
    assert names_a_stream(module) == [], "find it by the stream's name (schemas.shared.discovery)"


def declares(module: str, name: str) -> bool:
    """Whether a module has a value of that name at its top."""
    body = tree_of(MODULES[module]).body
    return any(ast.unparse(target) == name for node in body if isinstance(node, ast.Assign) for target in node.targets)


@pytest.mark.parametrize("stream", modules())
def test_no_stream_is_named_like_a_module_of_its_rooms(stream: str) -> None:
    """What stands under a stream's name is of the stream, which shows in what it imports; a room's own is not.

    A family has nothing to import of its streams, nor has the flow of one whose rows go into its table as they are.
    """
    of_the_stream = {name for name in MODULES if stream_of(name) == stream}
    taken = {
        room
        for room in MAY_IMPORT.keys() - {"schemas"}
        if (modules := {name for name in of_the_stream if name.startswith(f"{room}.")})
        and not any(stream_of(name) == stream for module in modules for name in imported(MODULES[module]) - modules)
        and not any(declares(module, name) for module in modules for name in ("FAMILY", "FLOW"))
    }
    assert taken == set(), f"{taken} have a module called {stream} already: name the stream otherwise"


def test_no_activity_of_motion_imports_another() -> None:
    activities = {file.parent.name for file in (ROOT / "motion").glob("*/__init__.py")} - NO_ACTIVITIES
    crossing = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if (activity := _activity(module)) in activities
        for name in sorted(imported(file))
        if _activity(name) in activities - {activity}
    ]
    assert crossing == []
    assert {"jumping", "lifting", "running", "squat"} <= activities


def _activity(module: str) -> str | None:
    room, _, rest = module.partition(".")
    return rest.partition(".")[0] if room == "motion" else None


def test_a_forbidden_import_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def lazy():\n    if True:\n        from flows.run import share\n    import web, json\n")
    assert imported(hidden) == {"flows.run", "web"}
