"""API keys of an installation: made, and taken over from elsewhere by their hashes."""

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import bcrypt

from control.api_keys import ApiKey
from control.people import Holder
from control.projects import Project
from kinelake.faults import BadKeyHash
from kinelake.installation import Installation
from schemas.shared.discovery import declared_in
from web.api_keys import KeyKind
from web.options import WebOptions
from web.people_keys import PersonKeyKind
from web.pepper import Pepper, read_pepper

KEY_BYTES = 32
HIGHEST_COST = 14
"""Of a bcrypt hash: about a second of a core for each time that it is tried."""
_BCRYPT = re.compile(r"\$2[abxy]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


Holds: TypeAlias = Project | Holder
"""What a key is of: a project, or a person whom it acts for."""


def kinds() -> Mapping[str, KeyKind]:
    """The families that have API keys of projects, by name, as the gateway declares them."""
    return {kind.family: kind for kind in declared_in("ingest_gateway", "KEYS").values()}


def people_kinds() -> Mapping[str, PersonKeyKind]:
    """Those that have API keys of people."""
    return {kind.family: kind for kind in declared_in("ingest_gateway", "PEOPLE_KEYS").values()}


class Fresh(NamedTuple):
    """A secret that is nowhere yet, what it is looked up by, and the name of the pepper which made that."""

    secret: str
    lookup: str
    pepper: str


def pepper_of(installation: Installation) -> Pepper:
    """The installation's pepper; raises BadPepper where keys were made with another."""
    pepper = read_pepper(installation.settings.room(WebOptions).key_pepper, installation.folder.secrets)
    pepper.require_of(installation.control.api_keys)
    pepper.require_of(installation.control.write_keys)
    return pepper


def fresh_secret(installation: Installation, family: str, prefix: str) -> Fresh:
    """A secret for a family; raises BadPepper where other keys have another pepper."""
    pepper = pepper_of(installation)
    secret = f"{prefix}{secrets.token_urlsafe(KEY_BYTES)}"
    return Fresh(secret, pepper.lookup(family, secret.encode()), pepper.name)


def create_key(
    installation: Installation, kind: KeyKind | PersonKeyKind, owner: Holds, scope: str = ""
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is nowhere else; raises BadPepper where other keys have another pepper.

    `scope` is what it may do beyond its project, or the role of the person.
    """
    fresh = fresh_secret(installation, kind.family, kind.prefix)
    made = installation.control.api_keys.create(kind.family, owner, scope, fresh.lookup, fresh.pepper)
    return made, fresh.secret


def import_key(
    installation: Installation, kind: KeyKind | PersonKeyKind, owner: Holds, hashed: str, scope: str = ""
) -> ApiKey:
    """A key that somebody has already, by its hash; raises BadKeyHash or KeyExists."""
    return installation.control.api_keys.take_over(kind.family, owner, scope, _checked(hashed))


def _checked(hashed: str) -> str:
    if _SHA256.fullmatch(hashed):
        return hashed.lower()
    found = _BCRYPT.fullmatch(hashed)
    if found is None:
        raise BadKeyHash("--hash is neither a bcrypt hash ($2b$12$… with 60 characters) nor 64 hex digits of SHA-256")
    if int(found["cost"]) > HIGHEST_COST:
        raise BadKeyHash(f"--hash has cost {found['cost']}; at most {HIGHEST_COST} can be tried, so make this key anew")
    return _readable(hashed)


def _readable(hashed: str) -> str:
    """What looks like a hash may still not be one; trying it once tells."""
    try:
        bcrypt.checkpw(b"any", hashed.encode())
    except ValueError as error:
        raise BadKeyHash(f"--hash cannot be read as a bcrypt hash: {error}") from error
    return hashed
