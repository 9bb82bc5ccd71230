"""`kinelake key`: the API keys of projects and of people, the tokens of applications, and write keys (`ingest`).

A family's keys are of one kind: a project's are named by `--project`, a person's by `--org` and `--owner`.
"""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

import typer

from kinelake.commands import write_key
from kinelake.commands.options import Data, Json
from kinelake.commands.write_key import INGEST, AskedToWrite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from control.api_keys import ApiKey
    from kinelake.api_keys import Holds
    from kinelake.installation import Installation
    from web.api_keys import KeyKind
    from web.people_keys import PersonKeyKind

app = typer.Typer(help="API keys and tokens; each is shown once, and only its hash is kept.", no_args_is_help=True)

Family: TypeAlias = Annotated[
    str, typer.Argument(help="The family of routes that it opens: capture, motion, or ingest for a write key.")
]
KeyId: TypeAlias = Annotated[
    str, typer.Argument(metavar="[ingest] ID", help="The key's id, as `kinelake key list` shows it.")
]
IdAfterFamily: TypeAlias = Annotated[str | None, typer.Argument(hidden=True)]
ProjectName: TypeAlias = Annotated[
    str | None, typer.Option("--project", help="The project that it is of, by name or id.")
]
Org: TypeAlias = Annotated[
    str | None, typer.Option(help="The owner's organisation; a project's, where several have one of that name.")
]
Scope: TypeAlias = Annotated[
    str | None, typer.Option(help="What it may do beyond its project, such as gdpr:org; by default nothing.")
]
OwnerId: TypeAlias = Annotated[str | None, typer.Option("--owner", help="The person whom it acts for, by their id.")]
OwnRole: TypeAlias = Annotated[str | None, typer.Option("--role", help="Theirs: user, sub-admin or admin.")]
Plan: TypeAlias = Annotated[str | None, typer.Option(help="What they pay for: none, Basic, Standard, Pro, Enterprise.")]
Consent: TypeAlias = Annotated[
    int | None, typer.Option("--default-consent", min=0, max=3, help="The level that its calls are stamped with.")
]


Name: TypeAlias = Annotated[str, typer.Option("--name", help="Of a write key: what people call it.")]
Server: TypeAlias = Annotated[
    bool,
    typer.Option("--server", help="Of a write key: it is a secret of servers, whose words on clients are believed."),
]
Origins: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--origin", metavar="URL", help="Of a write key: pages of this origin use it; several times for more."
    ),
]
Categories: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="NAME=LEVEL", help="Of a write key: the level that a consent category allows."),
]


class Asked(NamedTuple):
    """Whose a key is to be, as it was asked for; which of these it needs, its family says."""

    project: str | None
    org: str | None
    scope: str | None
    owner: str | None
    role: str | None
    plan: str | None
    default_consent: int | None


@app.command()
def create(
    family: Family,
    project: ProjectName = None,
    org: Org = None,
    scope: Scope = None,
    owner: OwnerId = None,
    role: OwnRole = None,
    plan: Plan = None,
    default_consent: Consent = None,
    name: Name = "",
    server: Server = False,
    origin: Origins = None,
    category: Categories = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A new key, shown this once."""
    from kinelake.api_keys import create_key
    from kinelake.installation import opened
    from kinelake.output import print_json

    asked = Asked(project, org, scope, owner, role, plan, default_consent)
    to_write = AskedToWrite(name, server, tuple(origin or ()), tuple(category or ()))
    if family == INGEST:
        _need(asked, ["org", "default_consent"], "a write key is an organisation's")
        _refuse(asked, ["project", "scope", "owner", "role", "plan"], "a write key is an organisation's")
        write_key.create(str(org), default_consent or 0, to_write, data, as_json)
        return
    to_write.refuse_any()
    kind = _kind(family, asked)
    with opened(data=data) as installation:
        made, secret = create_key(installation, kind, _holder(installation, asked), asked.scope or asked.role or "")
    if as_json:
        print_json({**_row(made), "key": secret})
    else:
        typer.echo(secret)
        typer.echo(f"Key {made.id}: keep it now, it is not shown again.", err=True)


@app.command("import")
def import_(
    family: Family,
    hashed: Annotated[str, typer.Option("--hash", help="Its bcrypt hash, or SHA-256 as 64 hex digits.")],
    project: ProjectName = None,
    org: Org = None,
    scope: Scope = None,
    owner: OwnerId = None,
    role: OwnRole = None,
    plan: Plan = None,
    default_consent: Consent = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A key that somebody has already, by its hash."""
    from kinelake.api_keys import import_key
    from kinelake.installation import opened

    asked = Asked(project, org, scope, owner, role, plan, default_consent)
    kind = _kind(family, asked)
    with opened(data=data) as installation:
        whose = _holder(installation, asked)
        taken = import_key(installation, kind, whose, hashed, asked.scope or asked.role or "")
    _say(taken, as_json, f"Key {taken.id} is there.")


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All keys and tokens, the oldest first; nothing of the keys themselves is known."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.api_keys.list()
        written = installation.control.write_keys.list()
        names = {each.id: each.name for each in installation.control.projects.list()}
        names |= {each.id: each.name for each in installation.control.applications.list()}
    shown, shown_written = (_row, write_key.row) if as_json else (partial(_short, names), write_key.short)
    rows = [*map(shown, found), *map(shown_written, written)]
    print_rows(rows, as_json, "No key yet: `kinelake key create FAMILY` makes one.")


@app.command()
def revoke(key_id: KeyId, of_family: IdAfterFamily = None, data: Data = None, as_json: Json = False) -> None:
    """Ends a key or a token for good: within a second nobody is let in by it."""
    from kinelake.installation import opened

    named = write_key.id_of(key_id, of_family)
    with opened(data=data) as installation:
        if installation.control.write_keys.get(named) is not None:
            ended = installation.control.write_keys.revoke(named)
            write_key.say(ended, as_json, f"Key {ended.id} is revoked.")
            return
        revoked = installation.control.api_keys.revoke(named)
    _say(revoked, as_json, f"Key {revoked.id} is revoked.")


@app.command()
def purge(key_id: KeyId, of_family: IdAfterFamily = None, data: Data = None, as_json: Json = False) -> None:
    """Ends a write key, and has every row removed that it ever let in."""
    write_key.purge(write_key.id_of(key_id, of_family), data, as_json)


def _kind(family: str, asked: Asked) -> "KeyKind | PersonKeyKind":
    """The family's kind of keys; refuses what was asked where it does not fit."""
    from kinelake.api_keys import kinds, people_kinds

    of_projects, of_people = kinds(), people_kinds()
    if family in of_people:
        _refuse_bad_person(of_people[family], asked)
        return of_people[family]
    if family not in of_projects:
        there = ", ".join([*of_projects, *of_people])
        wrong = f"there are keys for {there}; `kinelake app` makes the tokens of applications"
        raise typer.BadParameter(wrong, param_hint="FAMILY")
    _refuse_bad_project(of_projects[family], asked)
    return of_projects[family]


def _refuse_bad_project(kind: "KeyKind", asked: Asked) -> None:
    _need(asked, ["project"], f"keys for {kind.family} are of a project")
    _refuse(asked, ["owner", "role", "plan", "default_consent"], f"keys for {kind.family} are of a project")
    if asked.scope and asked.scope not in kind.scopes:
        raise typer.BadParameter(f"a key for {kind.family} may have {' or '.join(kind.scopes)}", param_hint="--scope")


def _refuse_bad_person(kind: "PersonKeyKind", asked: Asked) -> None:
    _need(asked, ["org", "owner", "role", "plan", "default_consent"], f"keys for {kind.family} are of a person")
    _refuse(asked, ["project", "scope"], f"keys for {kind.family} are of a person")
    for option, there in {"role": kind.roles, "plan": kind.plans}.items():
        if getattr(asked, option) not in there:
            raise typer.BadParameter(f"there are {', '.join(there)}", param_hint=_option(option))


def _need(asked: Asked, options: list[str], why: str) -> None:
    for option in options:
        if getattr(asked, option) is None:
            raise typer.BadParameter(f"is needed: {why}", param_hint=_option(option))


def _refuse(asked: Asked, options: list[str], why: str) -> None:
    for option in options:
        if getattr(asked, option) is not None:
            raise typer.BadParameter(f"says nothing here: {why}", param_hint=_option(option))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _holder(installation: "Installation", asked: Asked) -> "Holds":
    """Whose the key is to be: the project, or the person, who need not have a profile."""
    control = installation.control
    if asked.project is not None:
        return control.projects.find(asked.project, asked.org)
    match asked:
        case Asked(org=str(org), owner=str(owner), plan=str(plan), default_consent=int(consent)):
            return control.people.holder(org, owner, plan, consent)
    raise AssertionError("what is needed was asked for before")


def _say(key: "ApiKey", as_json: bool, words: str) -> None:
    from kinelake.output import print_json

    if as_json:
        print_json(_row(key))
    else:
        typer.echo(words)


def _short(names: "Mapping[str, str]", key: "ApiKey") -> dict[str, Any]:
    """What has room in a line of a terminal; a token is of an application, a person's name goes when they do."""
    of = names[key.project_id] if key.project_id else key.owner or "(erased)"
    revoked = key.revoked_at is not None
    own = {"id": key.id, "family": key.family, "of": f"{key.tenant}/{of}", "scope": key.scope}
    return {**own, "plan": key.plan, "revoked": revoked}


def _row(key: "ApiKey") -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "default_consent"}
