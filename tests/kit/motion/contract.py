"""The two motion contracts as their pages write them: every request with its answer, read out of the pages."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.kit.contract import CONTRACTS

FILES = ("mobility-assessment-api.txt", "motion-retrieval-api.txt")
PAGES = [(CONTRACTS / name).read_text() if (CONTRACTS / name).exists() else "" for name in FILES]
"""Read where they lie; empty where they are missing."""
PAGE, RETRIEVAL = PAGES
MISSING = f"no {' or '.join(FILES)} in {CONTRACTS}: set KINELAKE_TEST_CONTRACTS to the folder with the contracts' pages"
FRAGMENT_KEYS = ("session_id", "analyzed_video_url", "video_url", "created_at")
"""What the retrieval page's fragment of a session shows."""
ANY = "ANY_ADDITIONAL_PROPERTY"

_REQUEST = re.compile(
    r"^(?P<method>GET|POST) (?P<path>/\S+) HTTP/1\.1\n(?P<headers>(?:[A-Za-z-]+: [^\n]*\n)++)(?P<rest>[{\"].*?)?"
    r"(?=^(?:[A-Z][a-z.]|GET|POST)|\Z)",
    re.M | re.S,
)
_ROUTE = re.compile(r"^(GET|POST) (/\S+)", re.M)
_CURL = re.compile(r"^(curl -X POST \\\n.*?/management/sessions/)$", re.M | re.S)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Example:
    """A request as it is written, and the body that answers it; None where the page shows none."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None
    response: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def examples() -> dict[str, Example]:
    """Every request that the pages write out with its headers, by method and path."""
    found = (_example(match) for page in PAGES for match in _REQUEST.finditer(page))
    return {example.name: example for example in found}


def routes() -> set[str]:
    """Every route that the pages name, with `{session_id}` in its place."""
    named = {f"{method} {path}" for page in PAGES for method, path in _ROUTE.findall(page)}
    return {name.replace("abcd1234", "{session_id}") for name in named}


def curl() -> str:
    """The one command of the pages, as written."""
    (found,) = _CURL.findall(PAGE)
    return str(found)


def fits(shown: Any, told: Any) -> bool:
    """Whether an answer has what the page shows: its keys with its types, null where a value can be missing."""
    if isinstance(shown, dict):
        if not isinstance(told, dict):
            return False
        if ANY in shown:
            return all(fits(shown[ANY], value) for value in told.values())
        return shown.keys() <= told.keys() and all(fits(shown[name], told[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(told, list) and all(fits(shown[0], each) for each in told)
    if isinstance(shown, int | float):
        return told is None or (isinstance(told, int | float) and not isinstance(told, bool))
    return told is None or isinstance(told, str | int | float)


def _example(match: re.Match[str]) -> Example:
    headers = dict(line.split(": ", 1) for line in match["headers"].splitlines())
    length = headers.pop("Content-Length", None)
    bodies = list(_values(match["rest"] or ""))
    body = None if length is None else _written(match["rest"])
    return Example(match["method"], match["path"], headers, body, bodies[-1] if bodies else None)


def _values(text: str) -> Iterator[Any]:
    """The JSON values that a text begins with, one after the other."""
    while (text := text.lstrip()).startswith(("{", '"')):
        value, end = _DECODER.raw_decode(text)
        yield value
        text = text[end:]


def _written(text: str) -> str:
    """The first of them as it is written; one that is a text is what it says."""
    value, end = _DECODER.raw_decode(text)
    return value if isinstance(value, str) else text[:end]
