"""`kinelake app`: what it prints, and that its tokens open the doors they are for."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typer.testing import CliRunner

from control.applications import BadApplication
from control.faults import ApplicationUnknown
from control.models import Model
from kinelake.applications import example_token, token_kind
from kinelake.cli import app
from kinelake.example.people import ORGANISATION
from kinelake.faults import ApplicationTaken, NotInDevelopment
from kinelake.installation import Installation, opened
from kinelake.role import now
from schemas.shared.discovery import declared_in
from tests.kinelake.test_keys import kinelake
from web.api_keys import KEY_ROLES
from web.app import create_app
from web.authentication import authenticator
from web.caller import Caller
from web.faults import BadPepper
from web.options import WebOptions
from web.telemetry import TELEMETRY
from web.tenancy import route

APP_ID = "0b7f3c52-9a8e-4c6d-8f1e-2d3c4b5a6978"
SENDING, PROTECTED = "/api/events", "/api/models"
LET_IN = {"public": [200, 403], "secret": [401, 200], "neither": [401, 401]}
"""A token that is valid, by its kind → what sending and a protected route answer."""


@pytest.fixture
def made(data: Path) -> dict[str, str]:
    """An application as the command shows it."""
    kinelake(data, "org", "create", "acme")
    create = ("app", "create", "jumper", "--org", "acme", "--default-consent", "2", "--app-id", APP_ID)
    return dict(kinelake(data, *create))


def statuses(data: Path, tokens: Sequence[str]) -> list[list[int]]:
    """What a gateway with these settings answers who shows each of these, where events are sent and elsewhere."""

    async def welcome(request: Request, caller: Caller) -> Response:
        return PlainTextResponse(caller.project_id)

    async def asked(installation: Installation) -> list[list[int]]:
        options = WebOptions(access_log=False, ingest_rate_limit_requests=1000)
        door = authenticator(options, installation.control, installation.folder.secrets, now)
        (family,) = (each for each in declared_in("ingest_gateway", "FAMILY").values() if each.name == "game")
        routes = [route(path, welcome, ("POST",), roles=KEY_ROLES) for path in (SENDING, PROTECTED)]
        served = create_app(routes, options=options, authenticator=door, families=(TELEMETRY, family))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://kinelake.test") as client:
            return [
                [(await client.post(path, headers={"X-API-Key": token})).status_code for path in (SENDING, PROTECTED)]
                for token in tokens
            ]

    with opened(data=data) as installation:
        return asyncio.run(asked(installation))


def test_an_application_is_made_with_both_its_tokens_and_listed_without(data: Path, made: dict[str, str]) -> None:
    assert statuses(data, [made["public_token"], made["secret_token"]]) == [LET_IN["public"], LET_IN["secret"]]
    (listed,) = kinelake(data, "app", "list")
    assert listed == {name: value for name, value in made.items() if not name.endswith("_token")}
    assert (listed["id"], listed["tenant"], listed["name"], listed["default_consent"]) == (APP_ID, "acme", "jumper", 2)


def test_tokens_are_shown_once_to_people_and_nowhere_kept(data: Path, made: dict[str, str]) -> None:
    done = CliRunner().invoke(app, ["app", "rotate", "jumper", "--org", "acme", "--data", str(data)])
    shown = re.fullmatch(
        rf"app_id        {APP_ID}\n"
        r"public token  (kl_game_public_[\w-]{43})\n"
        r"secret token  (kl_game_secret_[\w-]{43})\n",
        done.stdout,
    )
    assert shown is not None, done.stdout
    assert done.stderr == "Keep what is new now, it is not shown again.\n"
    for path in (*data.glob("control.db*"), *(data / "secrets").iterdir()):
        for token in (*shown.groups(), made["public_token"], made["secret_token"]):
            assert token.encode() not in path.read_bytes(), path


def test_a_rotation_leaves_the_token_before_valid_until_the_next(data: Path, made: dict[str, str]) -> None:
    second = kinelake(data, "app", "rotate", APP_ID, "--public")
    assert "secret_token" not in second
    third = kinelake(data, "app", "rotate", "jumper", "--public")
    public = [each["public_token"] for each in (made, second, third)]
    assert statuses(data, public) == [LET_IN["neither"], LET_IN["public"], LET_IN["public"]]
    secret = kinelake(data, "app", "rotate", "jumper", "--secret")
    assert "public_token" not in secret
    assert statuses(data, [made["secret_token"], secret["secret_token"]]) == [LET_IN["secret"]] * 2


def test_of_a_token_that_has_leaked_none_before_the_new_one_is_let_in(data: Path, made: dict[str, str]) -> None:
    second = kinelake(data, "app", "rotate", "jumper", "--secret")
    third = kinelake(data, "app", "rotate", "jumper", "--secret", "--now")
    secret = [each["secret_token"] for each in (made, second, third)]
    assert statuses(data, secret) == [LET_IN["neither"], LET_IN["neither"], LET_IN["secret"]]
    assert statuses(data, [made["public_token"]]) == [LET_IN["public"]], "what did not leak goes on"


def test_the_tokens_before_a_rotation_end_when_the_operator_says_so(data: Path, made: dict[str, str]) -> None:
    second = kinelake(data, "app", "rotate", "jumper")
    before, after = ([each["public_token"], each["secret_token"]] for each in (made, second))
    (ended,) = kinelake(data, "app", "end-old", "jumper", "--secret")
    assert ended["scope"] == "secret"
    listed = {each["id"]: each for each in kinelake(data, "key", "list")}
    assert [id_ for id_, each in listed.items() if each["revoked_at"]] == [ended["ended"]]
    assert statuses(data, before) == [LET_IN["public"], LET_IN["neither"]]
    assert [each["scope"] for each in kinelake(data, "app", "end-old", APP_ID, "--org", "acme")] == ["public"]
    assert statuses(data, before + after) == [*[LET_IN["neither"]] * 2, LET_IN["public"], LET_IN["secret"]]
    assert kinelake(data, "app", "end-old", "jumper") == []


def test_tokens_are_listed_and_revoked_as_keys_are(data: Path, made: dict[str, str]) -> None:
    listed = kinelake(data, "key", "list")
    assert {(each["family"], each["project_id"], each["scope"]) for each in listed} == {
        ("game", APP_ID, "public"), ("game", APP_ID, "secret"),
    }  # fmt: skip
    done = CliRunner().invoke(app, ["key", "list", "--data", str(data)], env={"COLUMNS": "200"})
    assert done.stdout.count("acme/jumper") == 2
    for each in listed:
        kinelake(data, "key", "revoke", each["id"])
    assert statuses(data, [made["public_token"], made["secret_token"]]) == [LET_IN["neither"]] * 2


def test_older_versions_of_models_are_forgotten(data: Path, made: dict[str, str]) -> None:
    with opened(data=data) as installation:
        for number in range(3):
            own = {"level_name": "cave", "version": 1, "size": 10, "sha256": str(number), "format": "glb"}
            named = {"id": f"model-{number}", "tenant": "acme", "app_id": made["id"], "blob": f"models/{number}.glb"}
            installation.control.models.add(Model(**named, **own, bounds=None, created_at=now()))  # type: ignore[arg-type]
    gone = kinelake(data, "app", "forget-models", "jumper", "--keep", "2")
    assert gone == [{"level": "cave", "version": 1, "size": 10, "id": "model-0"}]
    assert kinelake(data, "app", "forget-models", APP_ID, "--keep", "2") == []


def test_what_is_wrong_is_named(data: Path, made: dict[str, str]) -> None:
    create = ("app", "create", "runner", "--org", "acme")
    with pytest.raises(BadApplication, match="is a UUID"):
        kinelake(data, *create, "--default-consent", "2", "--app-id", "42")
    with pytest.raises(ApplicationUnknown, match="no application 'flyer': `kinelake app list`"):
        kinelake(data, "app", "rotate", "flyer")
    for arguments, says in (
        (create, "--default-consent"),
        ((*create, "--default-consent", "4"), "--default-consent"),
        (("key", "create", "game", "--project", "jumper"), "`kinelake app`"),
    ):
        done = CliRunner().invoke(app, [*arguments, "--data", str(data)], env={"COLUMNS": "200", "NO_COLOR": "1"})
        assert done.exit_code == 2
        assert says in done.stderr


def test_no_token_is_made_with_a_pepper_that_gateways_do_not_have(
    data: Path, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINELAKE_KEY_PEPPER", "another secret of more than 32 characters")
    with pytest.raises(BadPepper, match="the same KINELAKE_KEY_PEPPER"):
        kinelake(data, "app", "rotate", "jumper")


def test_the_published_examples_application_is_made_once_with_its_token(data: Path) -> None:
    for _ in range(2):
        with opened(data=data) as installation:
            assert example_token(installation) == token_kind().example.public_token == "YOUR_PUBLIC_TOKEN"
    with opened(data=data) as installation:
        (application,), (key,) = installation.control.applications.list(), installation.control.api_keys.list()
    assert (application.id, application.tenant) == ("72ab8f81-ef36-4712-a046-399a62b9afaa", ORGANISATION)
    assert (key.scope, key.default_consent) == ("public", 2)
    assert statuses(data, ["YOUR_PUBLIC_TOKEN"]) == [LET_IN["public"]]
    kinelake(data, "key", "revoke", key.id)
    with opened(data=data) as installation:
        example_token(installation)
    assert statuses(data, ["YOUR_PUBLIC_TOKEN"]) == [LET_IN["neither"]], "who revoked it meant it"


def test_the_published_examples_application_is_nobodys_where_another_organisation_has_it(data: Path) -> None:
    kinelake(data, "org", "create", "acme")
    create = ("app", "create", "theirs", "--org", "acme", "--default-consent", "2", "--app-id", token_kind().example.id)
    kinelake(data, *create)
    with opened(data=data) as installation, pytest.raises(ApplicationTaken, match="without --example"):
        example_token(installation)
    assert statuses(data, ["YOUR_PUBLIC_TOKEN"]) == [LET_IN["neither"]]


def test_where_an_issuer_is_set_the_published_examples_application_is_not_made(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = {"jwt_issuer": "https://issuer.example", "jwt_audience": "kinelake", "jwks": "keys.json"}
    monkeypatch.setattr(installation, "settings", installation.settings.model_copy(update=issuer))
    with pytest.raises(NotInDevelopment, match="`kinelake app create`"):
        example_token(installation)
    assert installation.control.applications.list() == []
