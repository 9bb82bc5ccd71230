"""Tokens for development: signed and verified with a secret of the data folder, worthless where an issuer is set."""

import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import jwt
from jwt import PyJWK

from web.secret_files import secret_file

DEVELOPMENT_ISSUER = "kinelake-development"
DEVELOPMENT_AUDIENCE = "kinelake"
DEVELOPMENT_ALGORITHM = "HS256"
SECRET_FILE = "development-token-key"


class DevelopmentKey:
    """The HS256 secret of this data folder, as the only key."""

    def __init__(self, secret: bytes) -> None:
        encoded = jwt.utils.base64url_encode(secret).decode()
        self._key = PyJWK.from_dict({"kty": "oct", "k": encoded}, DEVELOPMENT_ALGORITHM)

    async def find(self, algorithm: str, key_id: str | None) -> PyJWK | None:
        """The secret, for HS256 alone."""
        return self._key if algorithm == DEVELOPMENT_ALGORITHM else None

    async def check(self) -> None:
        """A secret in memory is always there."""


def development_secret(folder: Path) -> bytes:
    """The folder's HS256 key, made on first use: folder 0700, file 0600; processes racing for it get the same one."""
    return secret_file(folder / SECRET_FILE, partial(secrets.token_bytes, 32))


def issue_development_token(
    secrets_folder: Path, sub: str, org: str, role: str, consent: int, ttl: timedelta, now: datetime | None = None
) -> str:
    """A token for development, signed with the data folder's key; no service with an issuer accepts it."""
    issued = now or datetime.now(UTC)
    claims = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": DEVELOPMENT_AUDIENCE,
        "sub": sub,
        "org": org,
        "role": role,
        "consent": consent,
        "iat": issued,
        "exp": issued + ttl,
    }
    return jwt.encode(claims, development_secret(secrets_folder), algorithm=DEVELOPMENT_ALGORITHM)
