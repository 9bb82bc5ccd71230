"""A Problem becomes an answer in one place: in its family's shape, and the audit trail is told."""

from collections.abc import Mapping

from starlette.responses import Response

from web.audit_trail import KINDS, NOBODY, AuditTrail, Refusal, Sender
from web.families import Families
from web.problems import Problem


class Rendering:
    """Answers the Problems of an application; `streams` says whose a path template is."""

    def __init__(self, families: Families, trail: AuditTrail, streams: Mapping[str, str]) -> None:
        self._families = families
        self._trail = trail
        self._streams = streams

    def __call__(
        self, problem: Problem, path: str, request_id: str, template: str = "", sender: Sender = NOBODY
    ) -> Response:
        """The answer to a request for `path`; without `template` no route has been found for it."""
        if problem.status < 500:
            kind = KINDS.get(problem.status, "request")
            stream = self._streams.get(template, "")
            self._trail.refused(Refusal(kind, stream, problem.status, problem.code, request_id, template, sender))
        return self._families.of(path).renderer(problem)
