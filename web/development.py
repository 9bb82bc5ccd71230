"""Tokens for development: signed and verified with a secret of the data folder, worthless where an issuer is set."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from jwt import PyJWK

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
    path = folder / SECRET_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, secrets.token_bytes(32))
    return path.read_bytes()


def _write_once(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # a link appears with its whole content, and never replaces the winner's
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


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
