"""The report of joint angle mobility, and how it is to be shown."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from motion import documents
from motion.documents import Shown, asked_angles
from motion.documents.info import Document
from motion.request import Activity, Exercise
from query_api.motion.access import unknown
from query_api.motion.known import Choice, KnownSession
from query_api.motion.reads import NAMED, Reads, Seen
from web.body import read_body, require_media_type
from web.caller import Caller
from web.operation import Operation
from web.problems import FieldError, Problem, invalid
from web.tenancy import RouteSpec, route

ONE: Final = f"/{Activity.MOBILITY}/sessions/{{session_id}}"
REPORT: Final = f"{ONE}/joint-mobility"
CONFIG: Final = f"{ONE}/joint-mobility-config"
LONGEST_COMMENT: Final = 2_000
LARGEST_BODY: Final = 64 * 1024
BODY_SECONDS: Final = 10.0


class JointMobilityRoutes:
    """The two paths."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """The report; the configuration, read and written."""
        return [
            route(REPORT, self._report, ("POST",), operation=REPORTED),
            route(CONFIG, self._config, operation=READ),
            route(CONFIG, self._configure, ("POST",), operation=WRITTEN),
        ]

    async def _report(self, request: Request, caller: Caller) -> Response:
        session = _moved(await self._reads.session(request, caller, Activity.MOBILITY))
        seen = await self._reads.seen(request, session)
        return await self._reads.answered(partial(self._document, seen))

    def _document(self, seen: Seen) -> Document:
        shown = self._reads.configurations.get(seen.session)
        return documents.joint_mobility(seen.analysis, seen.info, shown)

    async def _config(self, request: Request, caller: Caller) -> Response:
        session = await self._reads.session(request, caller, Activity.MOBILITY)
        found = await self._stored(session)
        if found is None:
            raise Problem(404, "config_unknown", "the session has no joint mobility configuration")
        return await self._reads.answered(partial(_told, found))

    async def _configure(self, request: Request, caller: Caller) -> Response:
        require_media_type(request)
        session = _moved(await self._reads.session(request, caller, Activity.MOBILITY))
        body = await read_body(request, max_bytes=LARGEST_BODY, max_decoded_bytes=LARGEST_BODY, seconds=BODY_SECONDS)
        given = _sent(body, asked_angles(session.request))
        change = partial(self._reads.configurations.change, session, given)
        chosen: Shown | None = await self._reads.stores.threaded(change)
        if chosen is None:
            raise unknown()
        return await self._reads.answered(partial(_told, chosen))

    async def _stored(self, session: KnownSession) -> Shown | None:
        found: Shown | None = await self._reads.stores.threaded(partial(self._reads.configurations.get, session))
        return found


def _moved(session: KnownSession) -> KnownSession:
    """The session, which is one of joint angle mobility; raises the 400."""
    if session.request.exercise is not Exercise.JOINT_ANGLE_MOBILITY:
        raise Problem(400, "wrong_exercise", "the session is no Joint Angle Mobility")
    return session


def _told(shown: Shown) -> Document:
    return {"shown_angles": list(shown.angles), "comments": dict(shown.comments)}


def _sent(body: bytes, angles: Sequence[str]) -> Choice:
    """The members that were sent, each as it should be; raises the 400 that names what is not."""
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "invalid_json", f"the body is no JSON: {error}") from None
    if not isinstance(sent, dict):
        raise Problem(400, "invalid_json", "the body must be a JSON object")
    checks = {"shown_angles": _wrong_angles, "comments": _wrong_comments}
    wrong = {name: check(sent[name], angles) for name, check in checks.items() if name in sent}
    errors = [FieldError(name, message) for name, message in wrong.items() if message is not None]
    if errors:
        raise invalid(*errors)
    return cast(Choice, {name: sent[name] for name in wrong})


def _wrong_angles(given: object, angles: Sequence[str]) -> str | None:
    if not isinstance(given, list) or any(each not in angles for each in given) or len(set(given)) < len(given):
        return f"must be a list, each once, of {', '.join(angles)}"
    return None


def _wrong_comments(given: object, angles: Sequence[str]) -> str | None:
    if not isinstance(given, dict) or any(name not in angles for name in given):
        return f"must be an object with texts for {', '.join(angles)}"
    if any(not isinstance(text, str) or len(text) > LONGEST_COMMENT for text in given.values()):
        return f"must be texts of at most {LONGEST_COMMENT:,} characters"
    return None


_CONFIGURATION: Final = {
    "type": "object",
    "properties": {
        "shown_angles": {"type": "array", "items": {"type": "string"}},
        "comments": {"type": "object", "additionalProperties": {"type": "string", "maxLength": LONGEST_COMMENT}},
    },
}
REPORTED: Final = Operation(
    "The report of joint angle mobility",
    tags=("motion",),
    responses={200: dict[str, Any]},
    parameters=(NAMED,),
    errors=(404,),
)
READ: Final = Operation(
    "How the report of joint angle mobility is shown",
    tags=("motion",),
    responses={200: _CONFIGURATION},
    parameters=(NAMED,),
    errors=(404,),
)
WRITTEN: Final = Operation(
    "Chooses how the report of joint angle mobility is shown",
    "What is left out keeps its value. It may be chosen before the analysis is done.",
    tags=("motion",),
    request=_CONFIGURATION,
    request_example={"shown_angles": ["hip_angle", "knee_angle"], "comments": {"hip_angle": "Range improved."}},
    request_media_type="application/json",
    responses={200: _CONFIGURATION},
    parameters=(NAMED,),
    errors=(404,),
)
