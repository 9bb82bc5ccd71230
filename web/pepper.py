"""The secret that makes look-ups of API keys: HMAC-SHA256(pepper, key) is what control has of a key.

It lies beside the control store, not in it, so that a copy of the database alone tells nothing of keys, not even of
imported ones that people chose. All processes of an installation need the same; each look-up carries the pepper's
name, so that one which differs is found out.
"""

import hmac
import secrets
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from web.faults import BadPepper
from web.secret_files import secret_file

FILE = "api-key-pepper"
PEPPER_BYTES = 32
NAME_DIGITS = 16


class Keys(Protocol):
    """Keys in control."""

    def of_another_pepper(self, pepper: str) -> bool:
        """Whether there are keys whose lookup was made with another pepper."""


class Pepper:
    """A pepper; `name` tells it from others and gives nothing of it away."""

    def __init__(self, secret: bytes) -> None:
        # a copy of what is keyed already costs a third of keying anew, and lets no other thread in between
        self._keyed = hmac.new(secret, digestmod="sha256")
        self.name = self._digest(b"name")[:NAME_DIGITS]

    def require_of(self, keys: Keys) -> None:
        """Raises BadPepper where keys were made with another pepper."""
        if keys.of_another_pepper(self.name):
            raise BadPepper(
                "API keys were made with another pepper: give all processes of the installation the same "
                "KINELAKE_KEY_PEPPER, the one that `kinelake key create` had"
            )

    def lookup(self, family: str, key: bytes) -> str:
        """64 hex digits: what a family's key is found by."""
        return self._digest(b"key", family.encode(), key)

    def address(self, network: str) -> str:
        """32 hex digits that stand for somebody's network."""
        return self._digest(b"address", network.encode())[:32]

    def _digest(self, *parts: bytes) -> str:
        digest = self._keyed.copy()
        digest.update(b"\0".join(parts))
        return digest.hexdigest()


def read_pepper(given: SecretStr | None, secrets_folder: Path) -> Pepper:
    """The pepper of the settings, else the folder's own, made on first use."""
    if given is not None:
        return Pepper(given.get_secret_value().encode())
    return Pepper(secret_file(secrets_folder / FILE, lambda: secrets.token_hex(PEPPER_BYTES).encode()))
