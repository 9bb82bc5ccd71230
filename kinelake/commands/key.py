"""`kinelake key`: the API keys of projects, and the tokens of applications, which are keys as well."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from control.api_keys import ApiKey
    from control.projects import Project
    from kinelake.installation import Installation
    from web.api_keys import KeyKind

app = typer.Typer(help="API keys and tokens; each is shown once, and only its hash is kept.", no_args_is_help=True)

Family: TypeAlias = Annotated[str, typer.Argument(help="The family of routes that it opens, such as capture.")]
ProjectName: TypeAlias = Annotated[str, typer.Option("--project", help="The project that it is of, by name or id.")]
Org: TypeAlias = Annotated[
    str | None, typer.Option(help="The project's organisation, where several have one of that name.")
]
Scope: TypeAlias = Annotated[
    str, typer.Option(help="What it may do beyond its project, such as gdpr:org; by default nothing.")
]


@app.command()
def create(
    family: Family, project: ProjectName, org: Org = None, scope: Scope = "", data: Data = None, as_json: Json = False
) -> None:
    """A new key, shown this once."""
    from kinelake.api_keys import create_key
    from kinelake.installation import opened
    from kinelake.output import print_json

    kind = _kind(family, scope)
    with opened(data=data) as installation:
        made, secret = create_key(installation, kind, _project(installation, project, org), scope)
    if as_json:
        print_json({**_row(made), "key": secret})
    else:
        typer.echo(secret)
        typer.echo(f"Key {made.id}: keep it now, it is not shown again.", err=True)


@app.command("import")
def import_(
    family: Family,
    project: ProjectName,
    hashed: Annotated[str, typer.Option("--hash", help="Its bcrypt hash, or SHA-256 as 64 hex digits.")],
    org: Org = None,
    scope: Scope = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A key that somebody has already, by its hash."""
    from kinelake.api_keys import import_key
    from kinelake.installation import opened

    kind = _kind(family, scope)
    with opened(data=data) as installation:
        taken = import_key(installation, kind, _project(installation, project, org), hashed, scope)
    _say(taken, as_json, f"Key {taken.id} is there.")


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All keys and tokens, the oldest first; nothing of the keys themselves is known."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.api_keys.list()
        names = {each.id: each.name for each in installation.control.projects.list()}
        names |= {each.id: each.name for each in installation.control.applications.list()}
    shown = _row if as_json else partial(_short, names)
    print_rows([shown(each) for each in found], as_json, "No key yet: `kinelake key create FAMILY` makes one.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `kinelake key list` shows it.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Ends a key or a token for good: within a second nobody is let in by it."""
    from kinelake.installation import opened

    with opened(data=data) as installation:
        revoked = installation.control.api_keys.revoke(key_id)
    _say(revoked, as_json, f"Key {revoked.id} is revoked.")


def _kind(family: str, scope: str) -> "KeyKind":
    from kinelake.api_keys import kinds

    kind = kinds().get(family)
    if kind is None:
        there = f"there are keys for {', '.join(kinds())}; `kinelake app` makes the tokens of applications"
        raise typer.BadParameter(there, param_hint="FAMILY")
    if scope and scope not in kind.scopes:
        raise typer.BadParameter(f"a key for {family} may have {' or '.join(kind.scopes)}", param_hint="--scope")
    return kind


def _project(installation: "Installation", name_or_id: str, org: str | None) -> "Project":
    return installation.control.projects.find(name_or_id, org)


def _say(key: "ApiKey", as_json: bool, words: str) -> None:
    from kinelake.output import print_json

    if as_json:
        print_json(_row(key))
    else:
        typer.echo(words)


def _short(names: "Mapping[str, str]", key: "ApiKey") -> dict[str, Any]:
    """What has room in a line of a terminal; a token is of an application."""
    project = f"{key.tenant}/{names[key.project_id]}"
    revoked = key.revoked_at is not None
    return {"id": key.id, "family": key.family, "project": project, "scope": key.scope, "revoked": revoked}


def _row(key: "ApiKey") -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "default_consent"}
