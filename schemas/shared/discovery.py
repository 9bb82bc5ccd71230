"""What streams declare in a room: found by their module's name, so that a new stream edits nothing that is there."""

from collections.abc import Mapping
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from schemas.shared.stream import modules


def declared_in(room: str, attribute: str, part: str = "") -> Mapping[str, Any]:
    """Module of streams → what the module of that name in a room has as `attribute`; those without are left out.

    It is `room.module`, or `room.module.part`; nothing else of the room is imported.
    """
    found = {name: _module(room, name, part) for name in modules()}
    return {name: getattr(module, attribute) for name, module in found.items() if hasattr(module, attribute)}


def _module(room: str, name: str, part: str) -> ModuleType | None:
    """None where there is no such module; what goes wrong inside one is raised."""
    found = find_spec(f"{room}.{name}")
    if found is None or not part:
        return None if found is None else import_module(f"{room}.{name}")
    # looked for in the package's folder: importing a package for a module that it lacks would cost what it imports
    inside = found.submodule_search_locations
    whole = f"{room}.{name}.{part}"
    return None if inside is None or PathFinder.find_spec(whole, inside) is None else import_module(whole)
