"""Tokens: what verifies, and the attacks that do not (RFC 8725)."""

import base64
import hashlib
import hmac
import json
import math
import stat
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.web.conftest import Clock
from web.caller import Role
from web.development import development_secret, issue_development_token
from web.faults import BadKeys, KeysUnavailable
from web.keys import parse_keys
from web.problems import Problem
from web.tokens import TokenVerifier

pytestmark = pytest.mark.anyio

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: Any, algorithm: str, key_id: str) -> dict[str, Any]:
    described = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**described, "kid": key_id, "alg": algorithm, "use": "sig"}


JWKS = {"keys": [public_jwk(RSA, "RS256", "r"), public_jwk(EC, "ES256", "e"), public_jwk(ED, "EdDSA", "d")]}
RSA_PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(JWKS))
    return path


@pytest.fixture
def verifier(jwks: Path, clock: Clock) -> TokenVerifier:
    return TokenVerifier.from_jwks(str(jwks), issuer="https://id", audience="api", clock=clock, leeway_seconds=30)


@pytest.fixture
def claims(clock: Clock) -> dict[str, Any]:
    times = {"exp": int(clock().timestamp()) + 600}
    return {"iss": "https://id", "aud": "api", "sub": "zoe", "org": "acme", "role": "user", "consent": 2, **times}


def signed(claims: Mapping[str, Any], key: Any = RSA, algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(dict(claims), key, algorithm, {"kid": "r", **header})


def handmade(header: Any, claims: Any, signature: Callable[[bytes], bytes]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    message = b".".join(parts)
    return (message + b"." + base64.urlsafe_b64encode(signature(message)).rstrip(b"=")).decode()


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(RSA, "RS256", "r"), (EC, "ES256", "e"), (ED, "EdDSA", "d")])
async def test_a_token_of_each_allowed_algorithm_verifies(
    verifier: TokenVerifier, claims: dict[str, Any], key: Any, algorithm: str, kid: str
) -> None:
    identity = await verifier.verify(signed(claims, key, algorithm, kid=kid))
    assert (identity.tenant, identity.user_id, identity.role) == ("acme", "zoe", Role.USER)
    assert (identity.consent_level, identity.consent_source) == (2, "token")


async def test_the_only_fitting_key_is_taken_when_the_token_names_none(
    verifier: TokenVerifier, claims: dict[str, Any]
) -> None:
    assert (await verifier.verify(jwt.encode(claims, ED, "EdDSA"))).user_id == "zoe"


FORGERIES: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": lambda claims: handmade({"alg": "none", "kid": "r"}, claims, lambda _: b""),
    "alg None in capitals": lambda claims: handmade({"alg": "NONE", "kid": "r"}, claims, lambda _: b""),
    "no alg": lambda claims: handmade({"kid": "r"}, claims, lambda _: b""),
    "alg a list": lambda claims: handmade({"alg": ["RS256"], "kid": "r"}, claims, lambda _: b"x"),
    "HS256 with the public key as secret": lambda claims: handmade(
        {"alg": "HS256", "kid": "r"}, claims, lambda message: hmac.digest(RSA_PEM, message, hashlib.sha256)
    ),
    "ES256 header on the RSA key": lambda claims: handmade({"alg": "ES256", "kid": "r"}, claims, lambda _: b"x" * 64),
    "RS512 with the right key": lambda claims: signed(claims, RSA, "RS512"),
    "PS256 with the right key": lambda claims: signed(claims, RSA, "PS256"),
    "a stranger's key": lambda claims: signed(claims, STRANGER),
    "a stranger's key in the header": lambda claims: signed(
        claims, STRANGER, jwk=public_jwk(STRANGER, "RS256", "r"), jku="https://evil/jwks", x5u="https://evil/x5u"
    ),
    "an unknown kid": lambda claims: signed(claims, RSA, kid="nobody"),
    "a kid that is no string": lambda claims: handmade({"alg": "RS256", "kid": 1}, claims, lambda _: b"x"),
    "a path as kid": lambda claims: signed(claims, STRANGER, kid="../../dev/null"),
    "an unknown crit": lambda claims: signed(claims, crit=["exp"], exp=1),
    "a changed payload": lambda claims: tampered(signed(claims)),
    "an empty signature": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "two parts": lambda claims: signed(claims).rpartition(".")[0],
    "no token at all": lambda claims: "abc",
    "not base64": lambda claims: "é.é.é",
    "claims that are a list": lambda claims: handmade({"alg": "RS256", "kid": "r"}, [1], sign_with_rsa),
    "a deeply nested header": lambda claims: nested_header(),
    "a token of 10 KB": lambda claims: signed(claims | {"padding": "x" * 10_000}),
    "another issuer": lambda claims: signed(claims | {"iss": "https://evil"}),
    "no issuer": lambda claims: signed(without(claims, "iss")),
    "another audience": lambda claims: signed(claims | {"aud": "other"}),
    "no audience": lambda claims: signed(without(claims, "aud")),
    "no exp": lambda claims: signed(without(claims, "exp")),
    "exp as text": lambda claims: signed(claims | {"exp": "tomorrow"}),
    "exp not a number": lambda claims: signed(claims | {"exp": math.nan}),
    "exp without end": lambda claims: signed(claims | {"exp": math.inf}),
    "exp true": lambda claims: signed(claims | {"exp": True}),
    "expired beyond the leeway": lambda claims: signed(claims | {"exp": claims["exp"] - 631}),
    "not valid yet": lambda claims: signed(claims | {"nbf": claims["exp"]}),
    "no sub": lambda claims: signed(without(claims, "sub")),
    "an empty sub": lambda claims: signed(claims | {"sub": ""}),
    "a sub that is a number": lambda claims: handmade({"alg": "RS256", "kid": "r"}, claims | {"sub": 1}, sign_with_rsa),
    "no org": lambda claims: signed(without(claims, "org")),
    "an org that is a list": lambda claims: signed(claims | {"org": ["acme"]}),
    "an org with a line break": lambda claims: signed(claims | {"org": "ac\nme"}),
}


def sign_with_rsa(message: bytes) -> bytes:
    algorithm = jwt.get_algorithm_by_name("RS256")
    return bytes(algorithm.sign(message, RSA))


def tampered(token: str) -> str:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"role": "admin"}).encode()).rstrip(b"=").decode()
    return f"{header}.{changed}.{signature}"


def nested_header() -> str:
    header = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    return f"{header}.e30.eA"


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_or_unfit_token_is_a_401_with_a_challenge(
    verifier: TokenVerifier, claims: dict[str, Any], forge: Callable[[dict[str, Any]], str]
) -> None:
    with pytest.raises(Problem) as refusal:
        await verifier.verify(forge(claims))
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"].startswith('Bearer realm="kinelake", error="invalid_token"')


async def test_the_issuers_clock_may_be_off_by_the_leeway(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    now = claims["exp"] - 600
    assert await verifier.verify(signed(claims | {"exp": now - 29, "nbf": now + 30}))


@pytest.mark.parametrize("consent", [None, "2", 2.5, True, 4, -1, [2], 10**400, float("nan"), float("inf")], ids=repr)
async def test_a_consent_claim_that_cannot_be_read_is_level_0(
    verifier: TokenVerifier, claims: dict[str, Any], consent: object
) -> None:
    identity = await verifier.verify(signed(claims | {"consent": consent}))
    assert (identity.consent_level, identity.consent_source) == (0, "default")


@pytest.mark.parametrize("consent", [2, 2.0], ids=repr)
async def test_a_whole_consent_claim_counts_however_it_is_written(
    verifier: TokenVerifier, claims: dict[str, Any], consent: float
) -> None:
    assert (await verifier.verify(signed(claims | {"consent": consent}))).consent_level == 2


NO_TIMES = [10**400, -(10**400), 2**53 + 1, float("nan"), float("inf"), -float("inf"), True, "1771322400", [], None]


@pytest.mark.parametrize("claim", ["exp", "nbf"])
@pytest.mark.parametrize("value", NO_TIMES, ids=lambda value: repr(value)[:20])
async def test_a_time_that_is_none_is_a_401(
    verifier: TokenVerifier, claims: dict[str, Any], claim: str, value: object
) -> None:
    with pytest.raises(Problem) as refusal:
        await verifier.verify(signed(claims | {claim: value}))
    assert refusal.value.status == 401


async def test_a_number_too_long_to_be_read_is_a_401(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    for text in ("1e400", "9" * 5000):
        payload = json.dumps(claims | {"exp": 0}).replace('"exp": 0', f'"exp": {text}').encode()
        token = jwt.PyJWS().encode(payload, RSA, "RS256", {"kid": "r"})
        with pytest.raises(Problem) as refusal:
            await verifier.verify(token)
        assert refusal.value.status == 401


async def test_times_may_have_a_fraction_or_an_exponent(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    exp = float(claims["exp"])
    assert (await verifier.verify(signed(claims | {"exp": exp + 0.5, "nbf": 1e3}))).expires_at == exp + 0.5


@pytest.mark.parametrize(
    ("claim", "role"),
    [("admin", Role.ADMIN), ("system", Role.SYSTEM), (None, Role.USER), ("root", Role.USER), (["admin"], Role.USER)],
    ids=repr,
)
async def test_a_role_nobody_knows_is_the_least(
    verifier: TokenVerifier, claims: dict[str, Any], claim: object, role: Role
) -> None:
    assert (await verifier.verify(signed(claims | {"role": claim}))).role is role


async def test_a_new_key_is_found_after_at_most_a_minute_and_a_withdrawn_one_gone_after_ten(
    verifier: TokenVerifier, claims: dict[str, Any], jwks: Path, clock: Clock
) -> None:
    assert await verifier.verify(signed(claims))
    jwks.write_text(json.dumps({"keys": [public_jwk(EC, "ES256", "new")]}))
    token = signed(claims, EC, "ES256", kid="new")
    with pytest.raises(Problem, match="no key"):
        await verifier.verify(token)
    clock.pass_seconds(60)
    assert await verifier.verify(token)
    with pytest.raises(Problem, match="no key"):
        await verifier.verify(signed(claims))


async def test_unknown_key_ids_make_the_set_be_read_at_most_once_a_minute(
    verifier: TokenVerifier, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    reads = []

    async def read(source: str) -> bytes:
        reads.append(source)
        return json.dumps(JWKS).encode()

    monkeypatch.setattr("web.keys._read", read)
    for second in range(0, 180, 10):
        with pytest.raises(Problem):
            await verifier.verify(signed(claims | {"exp": claims["exp"] + 600}, kid=f"guess-{second}"))
        clock.pass_seconds(10)
    assert len(reads) == 3


async def test_a_set_that_cannot_be_read_again_leaves_the_old_keys_standing(
    verifier: TokenVerifier, claims: dict[str, Any], jwks: Path, clock: Clock
) -> None:
    await verifier.verify(signed(claims))
    jwks.unlink()
    clock.pass_seconds(599)
    assert await verifier.verify(signed(claims))
    clock.pass_seconds(20)
    assert await verifier.verify(signed(claims))


async def test_a_set_that_was_never_read_is_a_transient_error(clock: Clock, tmp_path: Path) -> None:
    away = TokenVerifier.from_jwks(f"{tmp_path}/none.json", issuer="i", audience="a", clock=clock, leeway_seconds=0)
    with pytest.raises(KeysUnavailable, match="cannot be read"):
        await away.check()


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[]", b'{"keys":5}', b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AAAA","alg":"HS256"}]}'],
    ids=repr,
)
def test_a_document_without_usable_keys_is_refused(document: bytes) -> None:
    with pytest.raises(BadKeys):
        parse_keys(document)


def test_keys_for_encryption_and_other_algorithms_are_passed_over() -> None:
    others = [public_jwk(RSA, "RS256", "x") | {"use": "enc"}, public_jwk(RSA, "RS256", "y") | {"alg": "RS512"}]
    (key,) = parse_keys(json.dumps({"keys": [*others, public_jwk(ED, "EdDSA", "d")]}).encode())
    assert key.key_id == "d"


async def test_a_development_token_verifies_in_its_own_folder_only(tmp_path: Path, clock: Clock) -> None:
    token = issue_development_token(tmp_path / "a", "zoe", "acme", "admin", 3, timedelta(hours=1), clock())
    assert (await TokenVerifier.for_development(tmp_path / "a", clock).verify(token)).role is Role.ADMIN
    with pytest.raises(Problem):
        await TokenVerifier.for_development(tmp_path / "b", clock).verify(token)


async def test_a_development_token_is_worthless_where_an_issuer_is_configured(
    verifier: TokenVerifier, tmp_path: Path, clock: Clock
) -> None:
    token = issue_development_token(tmp_path, "zoe", "acme", "admin", 3, timedelta(hours=1), clock())
    with pytest.raises(Problem):
        await verifier.verify(token)


def test_the_development_secret_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert development_secret(folder) == development_secret(folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
