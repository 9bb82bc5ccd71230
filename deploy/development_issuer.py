"""An issuer of tokens for the compose set-up, in place of an identity provider: development only.

    development_issuer.py keys                          makes the key pair on first use
    development_issuer.py token --sub S --org O ...     prints a token signed with it

The roles verify the tokens as they would a real issuer's: KINELAKE_JWKS points at DIRECTORY/jwks.json.
"""

import argparse
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

KEY_ID = "development"
ROLES = ("user", "specialist", "admin", "system")


def make_keys(directory: Path) -> None:
    """Write private.pem and jwks.json unless they are there."""
    private, public = directory / "private.pem", directory / "jwks.json"
    if private.exists():
        return
    key = Ed25519PrivateKey.generate()
    jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": KEY_ID, "alg": "EdDSA", "use": "sig"}
    public.write_text(json.dumps({"keys": [jwk]}))
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def make_token(directory: Path, asked: argparse.Namespace, now: datetime) -> str:
    """A token for one person of one organisation, good for an hour."""
    claims = {
        "iss": os.environ["KINELAKE_JWT_ISSUER"],
        "aud": os.environ["KINELAKE_JWT_AUDIENCE"],
        "sub": asked.sub,
        "org": asked.org,
        "role": asked.role,
        "consent": asked.consent,
        "nbf": now,
        "exp": now + timedelta(hours=1),
    }
    return jwt.encode(claims, (directory / "private.pem").read_bytes(), "EdDSA", headers={"kid": KEY_ID})


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description="An issuer of development tokens.")
    parser.add_argument("--directory", type=Path, default=Path("/var/lib/issuer"), help="where the keys are")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keys", help="make the key pair on first use")
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--sub", required=True)
    token.add_argument("--org", required=True)
    token.add_argument("--role", choices=ROLES, default="user")
    token.add_argument("--consent", type=int, choices=range(4), default=2)
    return parser.parse_args()


def main() -> None:
    """Make the keys or print a token."""
    asked = arguments()
    if asked.command == "keys":
        make_keys(asked.directory)
    else:
        print(make_token(asked.directory, asked, datetime.now(UTC)))


if __name__ == "__main__":
    main()
