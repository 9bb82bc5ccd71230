"""What streams declare in a room: found by their module's name, so that a new stream edits nothing that is there."""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from schemas.shared.stream import modules


def declared_in(room: str, attribute: str, part: str = "") -> Mapping[str, Any]:
    """Module of streams → what the module of that name in a room has as `attribute`; those without are left out.

    It is `room.module`, or `room.module.part`; nothing else of the room is imported.
    """
    found = {name: _module(room, name, part) for name in modules()}
    return _declared(found, attribute)


def declared_alone(room: str, attribute: str, part: str) -> Mapping[str, Any]:
    """The same of parts that need nothing of the package around them, which is not imported for them."""
    found = {name: _spec(room, name, part) for name in modules()}
    return _declared({name: None if spec is None else _alone(spec) for name, spec in found.items()}, attribute)


def _declared(found: Mapping[str, ModuleType | None], attribute: str) -> Mapping[str, Any]:
    return {name: getattr(module, attribute) for name, module in found.items() if hasattr(module, attribute)}


def _module(room: str, name: str, part: str) -> ModuleType | None:
    """None where there is no such module; what goes wrong inside one is raised."""
    spec = _spec(room, name, part)
    return None if spec is None else import_module(spec.name)


def _spec(room: str, name: str, part: str) -> ModuleSpec | None:
    """Looked for in the package's folder: importing a package for a module that it lacks would cost what it imports."""
    found = find_spec(f"{room}.{name}")
    if found is None or not part:
        return found
    inside = found.submodule_search_locations
    return None if inside is None else PathFinder.find_spec(f"{room}.{name}.{part}", inside)


def _alone(spec: ModuleSpec) -> ModuleType:
    """The module without the package around it, whose imports cost much that who asks for a part does without."""
    if spec.name in sys.modules:
        return sys.modules[spec.name]
    module = sys.modules[spec.name] = module_from_spec(spec)
    assert spec.loader is not None, "found in a folder"
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module
