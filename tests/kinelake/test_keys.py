"""`kinelake project` and `kinelake key`: what they print, and that the keys they make and take over open the door."""

import asyncio
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typer.testing import CliRunner

from ingest_gateway.capture import FAMILY
from ingest_gateway.motion import FAMILY as MOTION
from kinelake.api_keys import kinds, people_kinds
from kinelake.cli import app
from kinelake.development_keys import development_key
from kinelake.example.people import ORGANISATION
from kinelake.faults import BadKeyHash, NotInDevelopment
from kinelake.installation import Installation, opened
from kinelake.role import now
from motion.synthetic.demo import STATURE_CM
from web.api_keys import KEY_ROLES
from web.app import create_app
from web.authentication import authenticator
from web.caller import Caller
from web.faults import BadPepper
from web.options import WebOptions
from web.telemetry import TELEMETRY
from web.tenancy import route

HEX = hashlib.sha256(b"legacy").hexdigest()


def kinelake(data: Path, *arguments: str) -> Any:
    """What the command prints with --json; what it raises is raised."""
    done = CliRunner().invoke(app, [*arguments, "--data", str(data), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def project(data: Path) -> str:
    """The id of a project."""
    kinelake(data, "org", "create", "acme")
    return str(kinelake(data, "project", "create", "shop", "--org", "acme", "--default-consent", "2")["id"])


def statuses(data: Path, keys: Sequence[str]) -> list[int]:
    """What a gateway with these settings answers who shows these, on a path of capture."""

    async def welcome(request: Request, caller: Caller) -> Response:
        return PlainTextResponse(caller.tenant)

    async def asked(installation: Installation) -> list[int]:
        options, secrets = WebOptions(access_log=False), installation.folder.secrets
        door = authenticator(options, installation.control, secrets, now)
        made = create_app(
            [route("/v1/sessions", welcome, roles=KEY_ROLES)],
            options=options,
            authenticator=door,
            families=(TELEMETRY, FAMILY),
        )
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
            return [(await client.get("/v1/sessions", headers={"X-API-Key": key})).status_code for key in keys]

    with opened(data=data) as installation:
        return asyncio.run(asked(installation))


def test_a_project_is_made_with_a_consent_level_and_listed(data: Path, project: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", project)
    (listed,) = kinelake(data, "project", "list")
    assert listed == {
        "id": project, "tenant": "acme", "name": "shop", "default_consent": 2, "created_at": listed["created_at"],
    }  # fmt: skip


def test_a_key_is_shown_once_and_nowhere_kept(data: Path, project: str) -> None:
    done = CliRunner().invoke(app, ["key", "create", "capture", "--project", "shop", "--data", str(data)])
    key, secret_files = done.stdout.strip(), list((data / "secrets").iterdir())
    assert re.fullmatch(r"kl_cap_[\w-]{43}", key)
    (listed,) = kinelake(data, "key", "list")
    assert (listed["project_id"], listed["scope"], listed["revoked_at"]) == (project, "", None)
    assert key not in json.dumps(listed)
    for path in (*data.glob("control.db*"), *secret_files):
        assert key.encode() not in path.read_bytes(), path


def test_keys_that_were_made_and_taken_over_open_the_door_until_they_are_revoked(data: Path, project: str) -> None:
    made = kinelake(data, "key", "create", "capture", "--project", project, "--scope", "gdpr:org")
    old = bcrypt.hashpw(b"older", bcrypt.gensalt(4)).decode()
    taken = [
        kinelake(data, "key", "import", "capture", "--project", "shop", "--hash", hashed)
        for hashed in (HEX.upper(), old)
    ]
    keys = [made["key"], "legacy", "older"]
    assert statuses(data, keys) == [200] * 3
    assert statuses(data, ["anything", HEX, old]) == [401] * 3
    for each in (made, *taken):
        assert kinelake(data, "key", "revoke", each["id"])["revoked_at"] is not None
    assert statuses(data, keys) == [401] * 3


@pytest.mark.parametrize(
    ("hashed", "says"),
    [
        ("", "neither a bcrypt hash"),
        (HEX[:-1], "neither a bcrypt hash"),
        ("g" * 64, "neither a bcrypt hash"),
        ("$2b$12$tooshort", "neither a bcrypt hash"),
        ("$argon2id$v=19$m=65536,t=3,p=4$abc$def", "neither a bcrypt hash"),
        ("$2b$31$" + "a" * 53, "cost 31; at most 14"),
        ("$2b$04$" + "a" * 53, "cannot be read as a bcrypt hash"),
    ],
)
def test_a_bad_hash_is_refused_with_a_reason(data: Path, project: str, hashed: str, says: str) -> None:
    with pytest.raises(BadKeyHash, match=says):
        kinelake(data, "key", "import", "capture", "--project", "shop", "--hash", hashed)
    assert kinelake(data, "key", "list") == []


def test_no_key_is_made_with_a_pepper_that_gateways_do_not_have(
    data: Path, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinelake(data, "key", "create", "capture", "--project", "shop")
    monkeypatch.setenv("KINELAKE_KEY_PEPPER", "another secret of more than 32 characters")
    with pytest.raises(BadPepper, match="the same KINELAKE_KEY_PEPPER"):
        kinelake(data, "key", "create", "capture", "--project", "shop")


def test_where_an_issuer_is_set_no_key_of_development_is_made(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = installation.settings.model_copy(update={"jwt_issuer": "https://issuer.example"})
    monkeypatch.setattr(installation, "settings", issued)
    with pytest.raises(NotInDevelopment, match="`kinelake key create`"):
        development_key(installation, kinds()["capture"])
    assert installation.control.api_keys.list() == []


def test_the_key_of_development_that_acts_for_a_person_is_the_synthetic_persons(
    installation: Installation, data: Path
) -> None:
    kind = people_kinds()["motion"]
    key = development_key(installation, kind)
    assert (development_key(installation, kind), key.startswith(kind.prefix)) == (key, True)
    assert callers(data, [key]) == [(ORGANISATION, "example-athlete", "user", "user", "Enterprise")]
    profile = installation.control.people.get(ORGANISATION, "example-athlete")
    assert profile is not None
    assert f"{profile.profile.height_cm:g} cm" == f"{STATURE_CM:g} cm"
    assert "synthetic" in str(profile.profile.display_name)


PERSON = ("--org", "acme", "--owner", "ann@example.org", "--role", "user", "--plan", "Pro", "--default-consent", "2")


def callers(data: Path, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """Whom a gateway takes the holders of these for, on a path of motion; their statuses where it lets nobody in."""

    async def welcome(request: Request, caller: Caller) -> Response:
        return PlainTextResponse("|".join((caller.tenant, caller.user_id, caller.role, caller.scope, caller.plan)))

    async def asked(installation: Installation) -> list[tuple[str, ...]]:
        options, secrets = WebOptions(access_log=False), installation.folder.secrets
        door = authenticator(options, installation.control, secrets, now)
        made = create_app(
            [route("/sessions", welcome)], options=options, authenticator=door, families=(TELEMETRY, MOTION)
        )
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
            answers = [await client.get("/sessions", headers={"Authorization": f"API-KEY {key}"}) for key in keys]
        return [tuple(each.text.split("|")) if each.is_success else (str(each.status_code),) for each in answers]

    with opened(data=data) as installation:
        return asyncio.run(asked(installation))


def test_a_key_of_a_person_acts_for_them_until_it_is_revoked(data: Path, project: str) -> None:
    made = kinelake(data, "key", "create", "motion", *PERSON)
    admin = [word.replace("user", "sub-admin").replace("ann", "coach").replace("Pro", "none") for word in PERSON]
    taken = kinelake(data, "key", "import", "motion", *admin, "--hash", HEX)
    assert re.fullmatch(r"kl_mot_[\w-]{43}", made["key"])
    assert callers(data, [made["key"], "legacy", "anything"]) == [
        ("acme", "ann@example.org", "user", "user", "Pro"),
        ("acme", "coach@example.org", "specialist", "sub-admin", "none"),
        ("401",),
    ]
    listed = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["key", "list", "--data", str(data)])
    assert listed.exit_code == 0
    assert "acme/ann@example.org" in listed.stdout
    for each in (made, taken):
        kinelake(data, "key", "revoke", each["id"])
    assert callers(data, [made["key"], "legacy"]) == [("401",), ("401",)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (PERSON[:-2], "--default-consent"),
        (PERSON[2:], "--org"),
        ((*PERSON[:4], "--role", "root", *PERSON[6:]), "--role"),
        ((*PERSON[:6], "--plan", "Gold", *PERSON[8:]), "--plan"),
        ((*PERSON, "--project", "shop"), "--project"),
        ((*PERSON, "--scope", "gdpr:org"), "--scope"),
        ((*PERSON[:-1], "4"), "--default-consent"),
    ],
)
def test_a_key_of_a_person_needs_all_that_is_said_of_them(
    data: Path, project: str, words: Sequence[str], says: str
) -> None:
    done = CliRunner().invoke(app, ["key", "create", "motion", *words, "--data", str(data)])
    assert done.exit_code == 2
    assert says in done.output
    assert kinelake(data, "key", "list") == []


@pytest.mark.parametrize("words", [(), ("--project", "shop", "--owner", "ann"), ("--project", "shop", "--plan", "Pro")])
def test_a_key_of_a_project_is_nobodys(data: Path, project: str, words: Sequence[str]) -> None:
    assert CliRunner().invoke(app, ["key", "create", "capture", *words, "--data", str(data)]).exit_code == 2
    assert kinelake(data, "key", "list") == []
