"""The API keys of development: one of each family, of a project or a person of the example's organisation.

They are kept to be shown again.

Like the key of development's tokens they lie in the data folder's secrets, where only its owner reads them.
"""

import hashlib
from pathlib import Path

from control.faults import ProjectUnknown
from control.people import Holder, Profile
from control.projects import Project
from kinelake.api_keys import create_key
from kinelake.example.people import ORGANISATION
from kinelake.faults import NotInDevelopment
from kinelake.installation import Installation
from web.api_keys import KeyKind
from web.options import WebOptions
from web.people_keys import USER, PersonKeyKind
from web.pepper import read_pepper
from web.secret_files import secret_file

PROJECT = "demo"
CONSENT = 2
PERSON = "example-athlete"
PROFILE = Profile(display_name="Example athlete (synthetic)", height_cm=175.0, weight_kg=70.0)
"""The synthetic person's."""


def development_key(installation: Installation, kind: KeyKind | PersonKeyKind) -> str:
    """The family's key, made on first use and again should it have been revoked; raises NotInDevelopment."""
    if installation.settings.jwt_issuer is not None:
        raise NotInDevelopment("KINELAKE_JWT_ISSUER is set: `kinelake key create` makes keys that count")
    path = installation.folder.secrets / f"development-{kind.family}-key"
    _forget_invalid(installation, kind, path)
    return secret_file(path, lambda: _made(installation, kind).encode()).decode()


def _made(installation: Installation, kind: KeyKind | PersonKeyKind) -> str:
    if isinstance(kind, PersonKeyKind):
        return create_key(installation, kind, _person(installation, kind), USER)[1]
    return create_key(installation, kind, _project(installation))[1]


def _forget_invalid(installation: Installation, kind: KeyKind | PersonKeyKind, path: Path) -> None:
    """A key that does not open anything, because it was revoked or control is another, is no use to anybody."""
    if not path.exists():
        return
    key = path.read_bytes()
    pepper = read_pepper(installation.settings.room(WebOptions).key_pepper, installation.folder.secrets)
    lookup, sha256 = pepper.lookup(kind.family, key), hashlib.sha256(key).hexdigest()
    found = installation.control.api_keys.find(kind.family, lookup, sha256)
    if found is None or found.revoked_at is not None:
        path.unlink()


def _project(installation: Installation) -> Project:
    installation.control.organisations.ensure(ORGANISATION)
    try:
        return installation.control.projects.find(PROJECT, ORGANISATION)
    except ProjectUnknown:
        return installation.control.projects.create(ORGANISATION, PROJECT, CONSENT)


def _person(installation: Installation, kind: PersonKeyKind) -> Holder:
    people = installation.control.people
    installation.control.organisations.ensure(ORGANISATION)
    if people.get(ORGANISATION, PERSON) is None:
        people.create(ORGANISATION, PERSON, PROFILE)
    return people.holder(ORGANISATION, PERSON, kind.plans[-1], CONSENT)
