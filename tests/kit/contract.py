"""The telemetry contract as its page writes it: every route with its example, read out of the page."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTRACTS = Path(os.environ.get("KINELAKE_TEST_CONTRACTS") or Path(__file__).parents[3] / "shared" / "seeds")
_FILE = CONTRACTS / "telemetry-api.txt"
PAGE = _FILE.read_text() if _FILE.exists() else ""
"""Read where it lies; empty where it is missing."""
MISSING = f"no {_FILE.name} in {CONTRACTS}: set KINELAKE_TEST_CONTRACTS to the folder with the contracts' pages"
POINTS = 33
"""Values of a pose frame's arrays, of which the page shows the first three."""

_ROUTE = re.compile(r"^http\n(GET|POST) (\S+)$", re.MULTILINE)
_VIEW = re.compile(r"^GET(/dashboard/[a-z/:]*)[A-Z]", re.MULTILINE)
_EXAMPLE = re.compile(r"^(Request|Response):([^\n]*)\n(?:\njson\n)?", re.MULTILINE)
_SHORTENED = re.compile(r"\[([^\[\]]*), \.\.\.\]")
_TOTAL = re.compile(r"^Total(\d+)$", re.MULTILINE)
_HEADER = re.compile(r"^  • (X-[A-Za-z-]+) — ", re.MULTILINE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Example:
    """One route of the page: what is sent and what comes back; None where the page shows no status or no body."""

    method: str
    target: str
    status: int | None
    request: Any
    response: Any

    @property
    def path(self) -> str:
        """Without parameters."""
        return self.target.partition("?")[0]


def examples() -> dict[str, Example]:
    """Every route that the page writes out, by its path."""
    found = list(_ROUTE.finditer(PAGE))
    ends = [*(match.start() for match in found), len(PAGE)][1:]
    read = [_example(match[1], match[2], PAGE[match.end() : end]) for match, end in zip(found, ends, strict=True)]
    return {example.path: example for example in read}


def views() -> list[str]:
    """The paths of the dashboard's table."""
    return _VIEW.findall(PAGE)


def total() -> int:
    """How many routes the page says that there are."""
    (said,) = _TOTAL.findall(PAGE)
    return int(said)


def headers() -> list[str]:
    """Those that the page lists for an audit entry."""
    return _HEADER.findall(PAGE)


def shape(value: Any) -> Any:
    """Keys in their order and JSON types; of a list what its items are, of a text whether it is a time or a day."""
    if isinstance(value, dict):
        return [(name, shape(member)) for name, member in value.items()]
    if isinstance(value, list):
        shapes = list(map(shape, value))
        return [each for number, each in enumerate(shapes) if each not in shapes[:number]]
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, int | float):
        return "number"
    return "time" if _TIME.fullmatch(value) else "day" if _DAY.fullmatch(value) else "text"


def _example(method: str, target: str, section: str) -> Example:
    status, bodies = None, dict[str, Any]()
    for match in _EXAMPLE.finditer(section):
        if match[0].endswith("json\n"):
            bodies[match[1]] = _json(section[match.end() :])
        if match[1] == "Response" and match[2]:
            status = int(match[2].split()[0])
    return Example(method, target, status, bodies.get("Request"), bodies.get("Response"))


def _json(text: str) -> Any:
    """The value that a text begins with."""
    value, _ = _DECODER.raw_decode(_SHORTENED.sub(_filled, text))
    return value


def _filled(shortened: re.Match[str]) -> str:
    """An array that the page breaks off, to its end: its last value again and again."""
    shown = shortened[1].split(", ")
    return f"[{', '.join([*shown, *[shown[-1]] * (POINTS - len(shown))])}]"
