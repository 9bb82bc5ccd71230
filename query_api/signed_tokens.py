"""Tokens that say one thing until they end, signed with a key that is derived from an organisation's own.

Every process that answers queries can check one, and none has to remember it. Nobody else can make one.
"""

import hmac
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import jwt

from control.organisations import Organisation, Organisations, valid_name
from query_api.faults import NoSuchOrganisation
from web.digits import whole_claim

ALGORITHM: Final = "HS256"
LONGEST_TOKEN: Final = 2048
LAST_SECOND: Final = 2**53


class SignedTokens:
    """Makes and reads the tokens of one `purpose`, which say `claims`."""

    def __init__(
        self, purpose: str, claims: tuple[str, ...], organisations: Organisations, clock: Callable[[], datetime]
    ) -> None:
        self._purpose = purpose
        self._organisations = organisations
        self._clock = clock
        self._rules: Any = {
            "require": ["exp", "aud", "org", *claims],
            # times are checked with the clock that was handed in
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        }

    def made(self, tenant: str, seconds: int, **said: str) -> str:
        """A token of the tenant that holds for so many seconds; raises NoSuchOrganisation or ControlUnavailable."""
        organisation = self._organisations.get(tenant)
        if organisation is None:
            raise NoSuchOrganisation(f"{tenant} is no organisation that control knows; no link is made for it")
        end = math.floor(self._clock().timestamp()) + seconds
        claims = {"aud": self._purpose, "exp": end, "org": tenant, **said}
        return jwt.encode(claims, self._key(organisation), ALGORITHM)

    def opened(self, token: str) -> dict[str, Any] | None:
        """What a token says, with `org` and the `seconds` that it still holds; None where it is none or has ended."""
        organisation = self._organisation_in(token)
        claims = None if organisation is None else self._claims(token, organisation)
        if claims is None:
            return None
        left = claims["exp"] - math.ceil(self._clock().timestamp())
        return None if left <= 0 else claims | {"seconds": left}

    def _organisation_in(self, token: str) -> Organisation | None:
        """Whose key would have signed it, by its own word."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            name = jwt.decode(token, options={"verify_signature": False}).get("org")
        except (jwt.PyJWTError, RecursionError):
            return None
        return self._organisations.get(name) if isinstance(name, str) and valid_name(name) else None

    def _claims(self, token: str, organisation: Organisation) -> dict[str, Any] | None:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._key(organisation), algorithms=[ALGORITHM], audience=self._purpose, options=self._rules
            )
        except (jwt.PyJWTError, RecursionError):
            return None
        return claims if whole_claim(claims["exp"], LAST_SECOND) is not None else None

    def _key(self, organisation: Organisation) -> bytes:
        return hmac.digest(organisation.key, self._purpose.encode(), "sha256")
