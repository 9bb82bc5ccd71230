"""The game contract as its page writes it: its four examples of items, and its Python program, read out of the page."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.kit.contract import CONTRACTS

_FILE = CONTRACTS / "game-telemetry-api.txt"
PAGE = _FILE.read_text() if _FILE.exists() else ""
"""Read where it lies; empty where it is missing."""
MISSING = f"no {_FILE.name} in {CONTRACTS}: set KINELAKE_TEST_CONTRACTS to the folder with the contracts' pages"

_ITEM = re.compile(r"^\d\. (?P<name>[^\n]+)\n.*?^(?P<item>\{.*?^\})", re.M | re.S)
_PROGRAM = re.compile(r"^import msgpack\n.*?^print\([^\n]*\)$", re.M | re.S)
_BASE = re.compile(r"http://localhost:4000(?=/)")


def items() -> Mapping[str, Any]:
    """Every example by its heading."""
    return {match["name"]: json.loads(match["item"]) for match in _ITEM.finditer(PAGE)}


def program(base: str) -> str:
    """The Python program as written, but for the port."""
    (found,) = _PROGRAM.findall(PAGE)
    return _BASE.sub(base, found)
