"""`POST /v1/cmcd/{key}`: players' reports, beside the stream's own route."""

from collections.abc import Sequence
from typing import Final

from ingest_gateway.door.handler import Door, Limits
from ingest_gateway.media.cmcd import MOST_BYTES, MOST_RECORD_BYTES, MOST_RECORDS, CmcdReading
from ingest_gateway.media.family import BELOW, TYPES, nothing
from ingest_gateway.taking.means import Means
from schemas.media.events import STREAM
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec

PATH: Final = f"{BELOW}{{key}}"
SOURCE: Final = "cmcd"
EXAMPLE: Final = 'cid="film-1",e=ps,sid="58fd8c96-008c-467c-af77-83a47d9d6a7a",sn=4,sta=p,ts=1795854383621,v=2'

SECONDS: Final = {"type": "number", "exclusiveMinimum": 0}
LEVEL: Final = {"type": "integer", "minimum": 0, "maximum": 3}
OPERATION: Final = Operation(
    "Take players' reports in CMCD version 2",
    f"Event mode of CTA-5004-B: at most {MOST_RECORDS} records of {MOST_RECORD_BYTES} bytes, one a line; the type of "
    "the body is not looked at. What of it is not taken is named in X-Refused, such as `no_session=1`.",
    tags=("media",),
    request={"type": "string", "examples": [EXAMPLE]},
    request_media_type=TYPES[0],
    responses={204: {}},
    response_headers={"X-Refused": "Reasons and numbers of the records and events that were not taken."},
    parameters=(
        Parameter("key", "A public write key.", place="path"),
        Parameter("media", "What is watched, where the player does not say.", {"type": "string", "maxLength": 128}),
        Parameter("duration", "Length of the content in s.", SECONDS),
        Parameter("media_type", "Kind of media; video without it.", {"type": "string", "maxLength": 64}),
        Parameter("consent", "A consent level, which can only lower the key's.", LEVEL),
    ),
    errors=(413, 429),
)


def routes(means: Means) -> Sequence[RouteSpec]:
    """The route of players."""
    reading = CmcdReading(means.options.event_max_age_days)
    door = Door(means, STREAM, SOURCE, reading, Limits(packed=MOST_BYTES, unpacked=MOST_BYTES), nothing)
    return (door.route(PATH, OPERATION),)


BESIDE = {STREAM.name: routes}
