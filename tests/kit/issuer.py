"""An issuer of tokens: an installation that has one is not in development, so no address may say who calls."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ALGORITHM = "EdDSA"
NAMES = {"iss": "https://issuer.test", "aud": "kinelake"}


class Issuer:
    """Its published keys lie in a folder; `settings` has an installation believe its tokens."""

    def __init__(self, folder: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        published = folder / "jwks.json"
        jwk = OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True) | {"kid": "1", "alg": ALGORITHM, "use": "sig"}
        published.write_text(json.dumps({"keys": [jwk]}))
        self.settings = {"jwks": str(published), "jwt_issuer": NAMES["iss"], "jwt_audience": NAMES["aud"]}

    def token(self, sub: str, org: str, role: str = "user", consent: int = 2) -> str:
        """One that lasts an hour."""
        until = datetime.now(UTC) + timedelta(hours=1)
        claims = {**NAMES, "sub": sub, "org": org, "role": role, "consent": consent, "exp": until}
        return jwt.encode(claims, self._key, ALGORITHM, {"kid": "1"})
