"""`kinelake app`: applications, and the two tokens that each of them has."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from control.applications import Application

app = typer.Typer(
    help="Applications, such as games, that send for themselves: a public token sends, a secret one does all else.",
    no_args_is_help=True,
)


Name: TypeAlias = Annotated[str, typer.Argument(help="The application, by name or id.")]
Org: TypeAlias = Annotated[str | None, typer.Option(help="Its organisation, where several have one of that name.")]
Public: TypeAlias = Annotated[bool, typer.Option("--public", help="Only the public token.")]
Secret: TypeAlias = Annotated[bool, typer.Option("--secret", help="Only the secret token.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name, unique in its organisation.")],
    org: Annotated[str, typer.Option(help="The organisation that it is of.")],
    default_consent: Annotated[
        int,
        typer.Option(min=0, max=3, help="Consent level of what it sends: 0 none, 1, 2 analytics, 3 full."),
    ],
    app_id: Annotated[
        str | None, typer.Option(metavar="UUID", help="The id that its clients have already; by default a new one.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A new application; shows its id and, this once, its two tokens."""
    from kinelake.applications import new_tokens
    from kinelake.installation import opened

    with opened(data=data) as installation:
        made = installation.control.applications.create(org, name, default_consent, app_id)
        tokens = new_tokens(installation, made)
    _show(made, tokens, as_json)


@app.command()
def rotate(
    name: Name,
    org: Org = None,
    public: Public = False,
    secret: Secret = False,
    now: Annotated[bool, typer.Option("--now", help="Those before end at once, as when one has leaked.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """New tokens, both unless one is named; those before stay valid until the next rotation, older ones end."""
    from kinelake.applications import new_tokens
    from kinelake.installation import opened

    with opened(data=data) as installation:
        found = installation.control.applications.find(name, org)
        tokens = new_tokens(installation, found, _scopes(public, secret), alone=now)
    _show(found, tokens, as_json)


@app.command()
def end_old(
    name: Name,
    org: Org = None,
    public: Public = False,
    secret: Secret = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Ends the tokens of before the last rotation, of both kinds unless one is named: within a second, for good."""
    from kinelake.applications import end_older_tokens
    from kinelake.installation import opened
    from kinelake.output import print_rows

    with opened(data=data) as installation:
        found = installation.control.applications.find(name, org)
        ended = end_older_tokens(installation, found, _scopes(public, secret))
    rows = [{"scope": scope, "ended": key_id} for scope, ids in ended.items() for key_id in ids]
    print_rows(rows, as_json, "Nothing to end: only the newest of each is valid.")


@app.command()
def forget_models(
    name: Name,
    keep: Annotated[int, typer.Option(min=1, help="How many versions of each level's model stay, the newest.")],
    org: Org = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Forgets older versions of the models of its levels; their files go with the next sweep."""
    from kinelake.installation import opened
    from kinelake.output import print_rows

    with opened(data=data) as installation:
        found = installation.control.applications.find(name, org)
        gone = installation.control.models.remove_older(found.id, keep)
    shown = [{"level": each.level_name, "version": each.version, "size": each.size, "id": each.id} for each in gone]
    print_rows(shown, as_json, f"No level has more than {keep}.")


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All applications by organisation and name; `kinelake key list` shows their tokens."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.applications.list()
    print_rows([vars(each) for each in found], as_json, "No application yet: `kinelake app create NAME` makes one.")


def _scopes(public: bool, secret: bool) -> "Collection[str]":
    from kinelake.applications import SCOPES

    return [scope for scope, named in zip(SCOPES, (public, secret), strict=True) if named] or SCOPES


def _show(application: "Application", tokens: "Mapping[str, str]", as_json: bool) -> None:
    from kinelake.output import print_json

    if as_json:
        print_json({**vars(application), **{f"{scope}_token": token for scope, token in tokens.items()}})
        return
    lines = {"app_id": application.id, **{f"{scope} token": token for scope, token in tokens.items()}}
    for label, value in lines.items():
        typer.echo(f"{label:<13} {value}")
    typer.echo("Keep what is new now, it is not shown again.", err=True)
