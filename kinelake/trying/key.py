"""The public write key of `/try`: made on first use and again should it have been revoked; kept to be shown again."""

from kinelake.installation import Installation
from kinelake.write_keys import create_write_key
from web.options import WebOptions
from web.pepper import read_pepper
from web.secret_files import secret_file
from web.write_keys import FAMILY

NAME = "try"
CONSENT = 2


def trial_key(installation: Installation, organisation: str) -> str:
    """A key of the organisation that lets in what level 2 does."""
    path = installation.folder.secrets / "development-write-key"
    if path.exists() and not _valid(installation, path.read_bytes()):
        path.unlink()
    return secret_file(path, lambda: _made(installation, organisation).encode()).decode()


def _made(installation: Installation, organisation: str) -> str:
    installation.control.organisations.ensure(organisation)
    return create_write_key(installation, organisation, CONSENT, name=NAME)[1]


def _valid(installation: Installation, key: bytes) -> bool:
    pepper = read_pepper(installation.settings.room(WebOptions).key_pepper, installation.folder.secrets)
    lookup = pepper.lookup(FAMILY, key)
    return any(one.lookup == lookup and one.revoked_at is None for one in installation.control.write_keys.list())
