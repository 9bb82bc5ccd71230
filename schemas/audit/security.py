"""The security stream: refusals that are no organisation's, and floods of refusals; no client posts to it."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from schemas.audit.entries import Code, ResourceId, StatusCode
from schemas.shared.client import ClientEvent, Identifier
from schemas.shared.keys import by_organisation
from schemas.shared.stream import Stream

Requests: TypeAlias = Annotated[int, Meta(ge=0, le=10**9, extra={"unit": "requests"})]


class SecurityEvent(ClientEvent, kw_only=True):
    """One refusal, or as many of one kind as a minute had."""

    action: Annotated[Identifier, Meta(description="request.refused; request.flood for many folded into one row.")]
    kind: Annotated[Identifier, Meta(description="authentication, authorization, limit or request.")]
    route: Annotated[ResourceId, Meta(description="The path's template, or unknown; of a flood the first one's.")]
    status_code: Annotated[StatusCode, Meta(description="The HTTP status of the answer.")]
    code: Annotated[Code, Meta(description="The stable code of the answer.")]
    count: Annotated[Requests, Meta(description="Refusals that the row stands for.")] = 1


SECURITY = Stream(
    name="audit_security",
    path=None,
    description="Refused requests that belong to no organisation, and floods of refusals by the minute.",
    consent_level=0,
    events=(SecurityEvent,),
    event_type="refusal",
    listed=None,
    key=by_organisation,
    table="security_log",
    retention_days=1095,
    example={
        "action": "request.refused",
        "kind": "authentication",
        "route": "/v1/media/events",
        "status_code": 401,
        "code": "token_missing",
    },
)
