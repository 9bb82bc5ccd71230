"""The family of CMCD: a public write key in the path, any type of body, telemetry's errors."""

from typing import Final

from starlette.responses import Response

from ingest_gateway.door.refused import unknown_key
from web.families import BEARER, Entrance, Family
from web.telemetry import PROBLEM_JSON, ProblemDocument, problem_document
from web.write_keys import SECURITY

BELOW: Final = "/v1/cmcd/"
TYPES: Final = ("application/cmcd", "text/cmcd")
"""What players call their bodies; it is not looked at."""


def nothing() -> Response:
    """204: what was taken is durable."""
    return Response(status_code=204)


def nothing_of_an_unknown_key() -> Response:
    """204, too: a player can do nothing with an error, and one of them repeats each for ever."""
    return Response(status_code=204, headers=unknown_key())


FAMILY = Family(
    name="cmcd",
    prefixes=(BELOW,),
    renderer=problem_document,
    error_schema=ProblemDocument,
    error_media_type=PROBLEM_JSON,
    security={**SECURITY, **BEARER},
    media_types=(*TYPES, ""),
    entrance=Entrance(key_below=BELOW, unknown_key=nothing_of_an_unknown_key),
)
