"""Who is calling: what a handler may know about the request's sender."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What a token's holder may do; user < specialist < admin, system stands apart."""

    USER = "user"
    SPECIALIST = "specialist"
    ADMIN = "admin"
    SYSTEM = "system"


PEOPLE = (Role.USER, Role.SPECIALIST, Role.ADMIN)
"""The roles of people, each of which may do what the ones before may."""


def at_least(role: Role) -> frozenset[Role]:
    """That role of people and those above it."""
    return frozenset(PEOPLE[PEOPLE.index(role) :])


class Caller(Struct, frozen=True, kw_only=True):
    """An authenticated caller. `user_id` is the clear identifier: it is never logged nor published.

    One who came by an API key has its `key_id` and `scope`, and as `project_id` what the key is of: a project, or for
    an application's token the application, whose id clients call `app_id`. One whose key acts for a person has the
    `plan` that the person pays for.
    """

    tenant: str
    subject: str
    user_id: str
    role: Role
    consent_level: int
    consent_source: str
    gpc: bool
    client_ip: str
    user_agent: str
    request_id: str
    trusted: bool
    project_id: str = ""
    key_id: str = ""
    scope: str = ""
    plan: str = ""

    def __repr__(self) -> str:
        """Without the person: a Caller may end up in a log line or a traceback."""
        return f"Caller(tenant={self.tenant!r}, role={self.role.value!r}, request_id={self.request_id!r})"
