"""Write keys of an installation: made, ended, and purged of what they let in."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from control.jobs import Job
from control.write_keys import PURGE_KIND, WriteKey
from kinelake.api_keys import fresh_secret
from kinelake.faults import BadCategory, BadOrigin
from kinelake.installation import Installation
from schemas.shared.consent_rules import FULL
from schemas.shared.text import printable
from web.digits import whole_number
from web.write_keys import FAMILY, PUBLIC_PREFIX, SERVER_PREFIX

LONGEST_CATEGORY: Final = 128
WEB_SCHEMES: Final = ("http", "https")
PORTS: Final = {"http": 80, "https": 443}
ENDED_AFTER: Final = timedelta(seconds=30)
"""What a gateway took before it learned of a key's end is on the log by then."""


def create_write_key(
    installation: Installation,
    tenant: str,
    default_consent: int,
    *,
    name: str = "",
    server: bool = False,
    origins: Iterable[str] = (),
    categories: Iterable[str] = (),
) -> tuple[WriteKey, str]:
    """A new key and itself, which is nowhere else; `categories` are texts such as `marketing=3`.

    Raises BadOrigin, BadCategory, BadKeyName, OrganisationUnknown, or BadPepper where other keys have another pepper.
    """
    fresh = fresh_secret(installation, FAMILY, SERVER_PREFIX if server else PUBLIC_PREFIX)
    made = installation.control.write_keys.create(
        tenant,
        fresh.lookup,
        fresh.pepper,
        default_consent=default_consent,
        name=name,
        server=server,
        origins=frozenset(map(origin_of, origins)),
        categories=levels_of(categories),
    )
    return made, fresh.secret


def purge(installation: Installation, key_id: str) -> tuple[WriteKey, Job]:
    """Ends a key, and has a job remove all rows that it let in; raises KeyUnknown."""
    ended = installation.control.write_keys.revoke(key_id)
    assert ended.revoked_at is not None, "it was revoked just now, or before"
    payload = {"tenant": ended.tenant, "ingest_key": ended.id}
    due = ended.revoked_at + ENDED_AFTER
    return ended, installation.control.jobs.enqueue(PURGE_KIND, ended.id, payload, due)


def origin_of(text: str) -> str:
    """An origin as browsers write it (RFC 6454, 6.2); raises BadOrigin."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in WEB_SCHEMES or not parts.hostname or port == 0 or not plain or not text.isascii():
        raise BadOrigin(f"--origin {text!r} is no origin of pages: write it as in https://www.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def levels_of(categories: Iterable[str]) -> Mapping[str, int]:
    """Lower-case name → level; raises BadCategory."""
    return dict(map(_level_of, categories))


def _level_of(category: str) -> tuple[str, int]:
    name, _, text = category.rpartition("=")
    level = whole_number(text.strip(), FULL)
    named = name.strip().lower()
    if level is None or not 0 < len(named) <= LONGEST_CATEGORY or not printable(named):
        raise BadCategory(f"--category {category!r} is none: write a name and its level from 0 to {FULL}, as in ads=3")
    return named, level
