"""The compose set-up's issuer signs tokens that its published keys verify."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jwt

ISSUER = Path(__file__).parents[2] / "deploy/development_issuer.py"
NAMES = {"KINELAKE_JWT_ISSUER": "kinelake-development", "KINELAKE_JWT_AUDIENCE": "kinelake"}


def issuer(directory: Path, *arguments: str) -> str:
    command = [sys.executable, str(ISSUER), "--directory", str(directory), *arguments]
    done = subprocess.run(command, env=os.environ | NAMES, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_token_is_verified_by_the_published_keys(tmp_path: Path) -> None:
    issuer(tmp_path, "keys")
    token = issuer(tmp_path, "token", "--sub", "me", "--org", "demo", "--role", "specialist")
    published = jwt.PyJWKSet.from_json((tmp_path / "jwks.json").read_text())
    key = published[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="kinelake", issuer="kinelake-development")
    assert (claims["sub"], claims["org"], claims["role"], claims["consent"]) == ("me", "demo", "specialist", 2)


def test_the_keys_stay_the_same_over_a_restart(tmp_path: Path) -> None:
    issuer(tmp_path, "keys")
    first = json.loads((tmp_path / "jwks.json").read_text())
    issuer(tmp_path, "keys")
    assert json.loads((tmp_path / "jwks.json").read_text()) == first


def test_the_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    issuer(tmp_path, "keys")
    assert (tmp_path / "private.pem").stat().st_mode & 0o777 == 0o600
