"""`kinelake project`: what API keys are of."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="Projects: what API keys are of.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name, unique in its organisation.")],
    org: Annotated[str, typer.Option(help="The organisation that it is of.")],
    default_consent: Annotated[
        int,
        typer.Option(min=0, max=3, help="Consent level of what its keys send: 0 none, 1, 2 analytics, 3 full."),
    ],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A new project; prints its id."""
    from kinelake.installation import opened
    from kinelake.output import print_json

    with opened(data=data) as installation:
        made = installation.control.projects.create(org, name, default_consent)
    if as_json:
        print_json(vars(made))
    else:
        typer.echo(made.id)


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All projects by organisation and name."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.projects.list()
    print_rows([vars(each) for each in found], as_json, "No project yet: `kinelake project create NAME` makes one.")
