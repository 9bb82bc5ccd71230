"""The routes of motion that write: a film of one's own, and an administrator's of somebody else."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from ingest_gateway.motion.fields import (
    EXERCISE,
    JOINTS,
    MIRRORED,
    SESSION_NAME,
    USER_ID,
    numbers_of,
)
from ingest_gateway.motion.taking import VIDEO, Taking
from ingest_gateway.motion.uploads import FilmTaken, Uploads
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.description import KEY_PARAMETER
from ingest_gateway.taking.means import Means
from motion.request import EXERCISES, Activity, Request
from schemas.motion import SESSIONS
from web.operation import Operation
from web.tenancy import RouteSpec, route

TAGS = ("motion",)


def routes(means: Means) -> Sequence[RouteSpec]:
    """Two of each activity, whose films are looked into by the same few processes."""
    taking = Taking(means)
    return [
        _posted(taking, activity, below, for_others)
        for activity in Activity
        for below, for_others in (("sessions", False), ("management/sessions", True))
    ]


def _posted(taking: Taking, activity: Activity, below: str, for_others: bool) -> RouteSpec:
    handler = Uploads(taking, activity, for_others=for_others)
    operation = partial(_uploading, activity, for_others)
    return route(
        f"/{activity}/{below}", handler, ("POST",), roles=posting(SESSIONS), operation=operation, stream=SESSIONS.name
    )


def _uploading(activity: Activity, for_others: bool) -> Operation:
    whose = "of another person, by an administrator's key" if for_others else "of one's own"
    required = [VIDEO, *([USER_ID] if for_others else [])]
    return Operation(
        f"Upload a film {whose}: {activity}",
        f"multipart/form-data with the film as the field `{VIDEO}`, at most 500 MiB and 10 minutes: mp4, mov, m4v, "
        "webm, mkv or avi. Its analysis is queued.",
        tags=TAGS,
        request={"title": "Film", "type": "object", "properties": _fields(activity), "required": required},
        request_media_type="multipart/form-data",
        responses={200: FilmTaken},
        parameters=(KEY_PARAMETER,),
        errors=(403, 404, 409),
    )


def _fields(activity: Activity) -> dict[str, Any]:
    """The form's fields, with the bounds that a request has."""
    known = Request.model_json_schema()["properties"]
    text = {"type": "string"}
    exercises = {"enum": list(EXERCISES[activity]), **text}
    return {
        VIDEO: {"type": "string", "format": "binary"},
        USER_ID: text,
        SESSION_NAME: known["session_name"]["anyOf"][0],
        **(dict.fromkeys(EXERCISE, exercises) if EXERCISES[activity] else {}),
        JOINTS: {**text, "description": "ankle, knee, elbow, hip, shoulder, all; with commas, or several times"},
        MIRRORED: {"type": "boolean"},
        **{name: known[name]["anyOf"][0] for name in numbers_of(activity)},
    }


ROUTES = {SESSIONS.name: routes}
