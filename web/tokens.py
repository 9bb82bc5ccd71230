"""JSON Web Tokens: verified against a fixed list of algorithms (RFC 8725)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import jwt
from jwt import PyJWK
from jwt.types import Options
from msgspec import Struct

from control.organisations import valid_name
from schemas.shared.consent_rules import FULL
from schemas.shared.text import printable
from web.caller import Role
from web.development import (
    DEVELOPMENT_ALGORITHM,
    DEVELOPMENT_AUDIENCE,
    DEVELOPMENT_ISSUER,
    DevelopmentKey,
    development_secret,
)
from web.digits import seconds_claim, whole_claim
from web.keys import ALLOWED_ALGORITHMS, KeySet
from web.problems import unauthorized

LONGEST_TOKEN = 8192
LONGEST_SUBJECT = 255

# Times are checked here with the injected clock; PyJWT would use the machine's.
CLAIM_RULES: Options = {
    "require": ["exp", "iss", "aud"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_sub": False,
    "enforce_minimum_key_length": True,
}


class Identity(Struct, frozen=True):
    """What a valid token says. `consent_source` is "token", or "default" when it holds no readable level."""

    tenant: str
    user_id: str
    role: Role
    consent_level: int
    consent_source: str
    expires_at: float


class Keys(Protocol):
    """Where verification keys come from; only algorithms it names are accepted."""

    async def find(self, algorithm: str, key_id: str | None) -> PyJWK | None:
        """The key for that algorithm and key id, or None."""

    async def check(self) -> None:
        """Raises when keys cannot be had."""


class TokenVerifier:
    """Verifies signature, issuer, audience and times; raises the 401 Problem that says what is wrong."""

    def __init__(
        self, keys: Keys, *, issuer: str, audience: str, clock: Callable[[], datetime], leeway_seconds: float = 30
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._leeway = leeway_seconds

    @classmethod
    def from_jwks(
        cls, source: str, *, issuer: str, audience: str, clock: Callable[[], datetime], leeway_seconds: float
    ) -> "TokenVerifier":
        """Verifies against the keys at a file or URL."""
        keys = KeySet(source, clock)
        return cls(keys, issuer=issuer, audience=audience, clock=clock, leeway_seconds=leeway_seconds)

    @classmethod
    def for_development(cls, secrets_folder: Path, clock: Callable[[], datetime]) -> "TokenVerifier":
        """Verifies what `issue_development_token` made with the same folder."""
        key = DevelopmentKey(development_secret(secrets_folder))
        return cls(key, issuer=DEVELOPMENT_ISSUER, audience=DEVELOPMENT_AUDIENCE, clock=clock)

    async def verify(self, token: str) -> Identity:
        """The identity behind a token."""
        if len(token) > LONGEST_TOKEN:
            raise unauthorized("token_invalid", "the token is too long")
        claims = await self._claims(token)
        self._check_times(claims)
        return _identity(claims)

    async def check(self) -> None:
        """Raises KeysUnavailable or BadKeys while no token could be verified."""
        await self._keys.check()

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = str(header.get("alg")), header.get("kid")
            key = await self._keys.find(algorithm, key_id) if algorithm in ACCEPTED else None
            if key is None:
                raise unauthorized("token_invalid", "no key of the issuer fits the token")
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                options=CLAIM_RULES,
                issuer=self._issuer,
                audience=self._audience,
            )
        except (jwt.PyJWTError, RecursionError) as error:
            raise unauthorized("token_invalid", _reason(error)) from error

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock().timestamp()
        if _seconds(claims, "exp") <= now - self._leeway:
            raise unauthorized("token_expired", "the token has expired")
        if "nbf" in claims and _seconds(claims, "nbf") > now + self._leeway:
            raise unauthorized("token_invalid", "the token is not valid yet")


ACCEPTED = ALLOWED_ALGORITHMS | {DEVELOPMENT_ALGORITHM}

REASONS: Mapping[type[Exception], str] = {
    jwt.InvalidSignatureError: "the signature is wrong",
    jwt.InvalidIssuerError: "the token is from another issuer",
    jwt.InvalidAudienceError: "the token is for another audience",
    jwt.MissingRequiredClaimError: "the token lacks exp, iss or aud",
}


def _reason(error: Exception) -> str:
    return REASONS.get(type(error), "the token cannot be read")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    seconds = seconds_claim(claims[name])
    if seconds is None:
        raise unauthorized("token_invalid", f"{name} is no time")
    return seconds


def _identity(claims: Mapping[str, Any]) -> Identity:
    level = whole_claim(claims.get("consent"), FULL)
    return Identity(
        tenant=_named(claims, "org"),
        user_id=_named(claims, "sub"),
        role=role_of(claims.get("role")),
        consent_level=level or 0,
        consent_source="default" if level is None else "token",
        expires_at=_seconds(claims, "exp"),
    )


def _named(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    readable = valid_name if claim == "org" else _valid_subject
    if not isinstance(value, str) or not readable(value):
        raise unauthorized("token_invalid", f"the token lacks a usable {claim}")
    return value


def _valid_subject(value: str) -> bool:
    return 0 < len(value) <= LONGEST_SUBJECT and printable(value)


def role_of(value: object) -> Role:
    """The role of that name; anything else is the least one."""
    return Role(value) if isinstance(value, str) and value in tuple(Role) else Role.USER
