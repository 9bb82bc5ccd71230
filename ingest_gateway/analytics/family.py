"""The family of the Segment protocol: its paths, write keys, and `{"success": false, "code", "message"}` for errors."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec import Struct
from starlette.responses import Response

from web.families import BEARER, Entrance, Family
from web.problems import Problem
from web.write_keys import SECURITY

ALIAS: Final = "alias"
KINDS: Final[Mapping[str, str]] = {
    "t": "track",
    "track": "track",
    "i": "identify",
    "identify": "identify",
    "p": "page",
    "page": "page",
    "s": "screen",
    "screen": "screen",
    "g": "group",
    "group": "group",
    "a": ALIAS,
    "alias": ALIAS,
}
"""Last part of a path below /v1 → the type of its item."""
ITEMS: Final = {f"/v1/{name}": kind for name, kind in KINDS.items()}
BATCHES: Final = ("/v1/b", "/v1/batch", "/v1/import", "/beacon/v1/batch")
METRICS: Final = "/v1/m"
PROJECTS: Final = "/v1/projects/"
SETTINGS: Final = f"{PROJECTS}{{key}}/settings"
SOURCE: Final = "/sourceConfig"


class Failure(Struct, kw_only=True):
    """Why a request was refused; `code` is stable."""

    success: Literal[False] = False
    code: str
    message: str


def failure(problem: Problem) -> Response:
    """The problem in the protocol's shape."""
    body = msgspec.json.encode({"success": False, "code": problem.code, "message": problem.detail})
    return Response(body, problem.status, problem.headers, media_type="application/json")


FAMILY: Final = Family(
    name="segment",
    prefixes=tuple(f"{path}/" for path in (*BATCHES, *ITEMS, METRICS, SOURCE, PROJECTS.rstrip("/"))),
    renderer=failure,
    error_schema=Failure,
    entrance=Entrance(key_below=PROJECTS),
    security={**BEARER, **SECURITY},
)
