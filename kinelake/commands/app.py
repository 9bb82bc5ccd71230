"""`kinelake app`: applications, and the two tokens that each of them has."""

from typing import TYPE_CHECKING, Annotated

import typer

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from control.applications import Application

app = typer.Typer(
    help="Applications, such as games, that send for themselves: a public token sends, a secret one does all else.",
    no_args_is_help=True,
)


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
    name: Annotated[str, typer.Argument(help="The application, by name or id.")],
    org: Annotated[str | None, typer.Option(help="Its organisation, where several have one of that name.")] = None,
    public: Annotated[bool, typer.Option("--public", help="Only the public token.")] = False,
    secret: Annotated[bool, typer.Option("--secret", help="Only the secret token.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """New tokens, both unless one is named; those before stay valid until the next rotation, older ones end."""
    from kinelake.applications import SCOPES, new_tokens
    from kinelake.installation import opened

    chosen = [scope for scope, named in zip(SCOPES, (public, secret), strict=True) if named]
    with opened(data=data) as installation:
        found = installation.control.applications.find(name, org)
        tokens = new_tokens(installation, found, chosen or SCOPES)
    _show(found, tokens, as_json)


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All applications by organisation and name; `kinelake key list` shows their tokens."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.applications.list()
    print_rows([vars(each) for each in found], as_json, "No application yet: `kinelake app create NAME` makes one.")


def _show(application: "Application", tokens: "Mapping[str, str]", as_json: bool) -> None:
    from kinelake.output import print_json

    if as_json:
        print_json({**vars(application), **{f"{scope}_token": token for scope, token in tokens.items()}})
        return
    lines = {"app_id": application.id, **{f"{scope} token": token for scope, token in tokens.items()}}
    for label, value in lines.items():
        typer.echo(f"{label:<13} {value}")
    typer.echo("Keep what is new now, it is not shown again.", err=True)
