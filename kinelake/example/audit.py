"""Example audit entries, as an application's server tells them: who looked at what, and who was refused."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from kinelake.example.delivery import delivered
from kinelake.example.ids import sown, uuids
from kinelake.example.people import Person, people
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, Example, Plan, Request, Token
from schemas.audit import AUDIT

SHARE: Final = 0.1
"""Entries for each event of a plan."""
SERVER: Final = "example-core-api"
"""Who holds the token: not the person who did it."""
STAFF: Final = 12
PATIENTS: Final = 200
REFUSED: Final = 0.03
MISSING: Final = 0.01

ACTOR_TYPES: Final[Mapping[str, float]] = {"specialist": 0.6, "user": 0.3, "admin": 0.1}
"""Who does how much of it."""


class Deed(NamedTuple):
    """Something that people of a type do, so often, to a resource of a kind, and what an entry adds to it."""

    action: str
    kind: str
    often: int
    metadata: Mapping[str, Any]


DEEDS: Final[Mapping[str, tuple[Deed, ...]]] = {
    "user": (
        Deed("treatment_plan.view", "treatment_plan", 6, {"fields_accessed": ["exercises"]}),
        Deed("message.send", "message", 2, {"attachments": 0}),
    ),
    "specialist": (
        Deed("patient.view", "patient", 8, {"fields_accessed": ["name", "treatment_plans"]}),
        Deed("patient.update", "patient", 2, {"fields_changed": ["notes"]}),
        Deed("treatment_plan.assign", "treatment_plan", 2, {"exercises": 5}),
    ),
    "admin": (
        Deed("user.role_change", "user", 1, {"from": "user", "to": "specialist"}),
        Deed("report.export", "report", 2, {"format": "csv"}),
    ),
}
"""Actor type → what they do."""


class AuditTraffic:
    """Entries ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._count = max(1, round(plan.events * SHARE))
        self._actors = {kind: _actors(plan, kind) for kind in ACTOR_TYPES}

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival, in order."""
        return delivered(self.plan.seed, ((each.arrived, (each,)) for each in self._entries()))

    def _entries(self) -> Iterator[ClientEvent]:
        random = Random(f"audit:{self.plan.seed}")
        ids = uuids(sown("audit", self.plan.seed, self.plan.start), np.arange(self._count))
        moments = np.random.default_rng((self.plan.seed, 3))
        for event_id, at in zip(
            ids, session_starts(moments, self._count, self.plan.start, self.plan.span), strict=True
        ):
            (kind,) = random.choices(list(ACTOR_TYPES), list(ACTOR_TYPES.values()))
            body = {"event_id": event_id, **_entry(random, kind)}
            yield ClientEvent(int(at), random.choice(self._actors[kind]), msgspec.json.encode(body))


def _actors(plan: Plan, kind: str) -> list[Person]:
    """People whose names say what they are."""
    found = people(plan.seed, PATIENTS if kind == "user" else STAFF)
    return [
        Person(f"example-{kind}-{number:05d}", one.place, one.address, one.user_agent)
        for number, one in enumerate(found, start=1)
    ]


def _entry(random: Random, kind: str) -> dict[str, Any]:
    deeds = DEEDS[kind]
    (deed,) = random.choices(deeds, [deed.often for deed in deeds])
    resource_id = f"example-{deed.kind}-{random.randrange(1, PATIENTS + 1)}"
    return {
        "action": deed.action,
        "resource_type": deed.kind,
        "resource_id": resource_id,
        "metadata": {"example": True, **deed.metadata},
        **_outcome(random),
    }


def _outcome(random: Random) -> dict[str, Any]:
    drawn = random.random()
    if drawn < REFUSED:
        return {"status": "refused", "status_code": 403, "code": "not_their_patient"}
    if drawn < REFUSED + MISSING:
        return {"status": "failed", "status_code": 404, "code": "not_found"}
    return {"status": "success", "status_code": 200}


def _request(token: Token, person: Person, bodies: Sequence[bytes]) -> Request:
    """One entry with the server's token; who did it stands in the headers of an identity proxy."""
    (content,) = bodies
    headers = {
        "Authorization": f"Bearer {token(SERVER)}",
        "Content-Type": "application/json",
        "X-Actor-Hash": sha256(person.name.encode()).hexdigest(),
        "X-Actor-Type": person.name.split("-")[1],
    }
    return Request(content, headers)


TRAFFIC = (
    Example[AuditTraffic](
        AUDIT,
        AuditTraffic,
        request=_request,
        role="system",
        share=SHARE,
        notebook="notebooks/telemetry.ipynb",
    ),
)
