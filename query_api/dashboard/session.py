"""A signed-in administrator: what a token said, sealed into a cookie that lasts no longer than the token.

The seal is a JWT signed with a key derived from the organisation's own, so every process that serves the dashboard
can check it and none has to remember it; it is worthless as a bearer token.
"""

import hmac
import math
import secrets
from datetime import datetime

import jwt
from msgspec import Struct

from control.organisations import valid_name
from web.tokens import Identity, role_of

ALGORITHM = "HS256"
PURPOSE = "kinelake-dashboard"
CSRF_BYTES = 16
LONGEST_COOKIE = 4096
CLAIMS = ("exp", "iss", "aud", "org", "sub", "role", "consent", "csrf")


class Session(Struct, frozen=True):
    """Who is signed in, and what every form of theirs must hand back."""

    identity: Identity
    csrf: str


def new_csrf() -> str:
    """A value that nobody can guess."""
    return secrets.token_urlsafe(CSRF_BYTES)


def same(given: str, expected: str) -> bool:
    """Whether two secrets are one, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


def sealed(session: Session, organisation_key: bytes) -> str:
    """The cookie's value."""
    identity = session.identity
    claims = {
        "iss": PURPOSE,
        "aud": PURPOSE,
        "exp": math.floor(identity.expires_at),
        "org": identity.tenant,
        "sub": identity.user_id,
        "role": identity.role.value,
        "consent": identity.consent_level,
        "csrf": session.csrf,
    }
    return jwt.encode(claims, _key(organisation_key), ALGORITHM)


def organisation_in(cookie: str) -> str | None:
    """Whose key would open the cookie, by its own word; None for what is no cookie of ours."""
    if len(cookie) > LONGEST_COOKIE:
        return None
    try:
        organisation = jwt.decode(cookie, options={"verify_signature": False}).get("org")
    except (jwt.PyJWTError, RecursionError):
        return None
    return organisation if isinstance(organisation, str) and valid_name(organisation) else None


def opened(cookie: str, organisation_key: bytes, now: datetime) -> Session | None:
    """What was sealed; None where the seal is broken or its time is over."""
    try:
        claims = jwt.decode(
            cookie,
            _key(organisation_key),
            algorithms=[ALGORITHM],
            issuer=PURPOSE,
            audience=PURPOSE,
            # times are checked with the clock that was handed in
            options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, RecursionError):
        return None
    if claims["exp"] <= now.timestamp():
        return None
    identity = Identity(
        tenant=claims["org"],
        user_id=claims["sub"],
        role=role_of(claims["role"]),
        consent_level=claims["consent"],
        consent_source="token",
        expires_at=claims["exp"],
    )
    return Session(identity, claims["csrf"])


def _key(organisation_key: bytes) -> bytes:
    return hmac.digest(organisation_key, PURPOSE.encode(), "sha256")
