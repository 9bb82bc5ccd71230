"""What streams declare in a room: found by the stream's name, so that a new stream edits nothing that is there."""

from collections.abc import Mapping
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from schemas.shared.stream import streams


def declared_in(room: str, attribute: str, part: str = "") -> Mapping[str, Any]:
    """Stream → what its module in a room has as `attribute`; streams without it are left out.

    The module is `room.stream`, or `room.stream.part`; nothing else of the room is imported.
    """
    modules = {stream: _module(room, stream, part) for stream in streams()}
    return {stream: getattr(module, attribute) for stream, module in modules.items() if hasattr(module, attribute)}


def _module(room: str, stream: str, part: str) -> ModuleType | None:
    """None where there is no such module; what goes wrong inside one is raised."""
    found = find_spec(f"{room}.{stream}")
    if found is None or not part:
        return None if found is None else import_module(f"{room}.{stream}")
    # looked for in the package's folder: importing a package for a module that it lacks would cost what it imports
    inside = found.submodule_search_locations
    name = f"{room}.{stream}.{part}"
    return None if inside is None or PathFinder.find_spec(name, inside) is None else import_module(name)
