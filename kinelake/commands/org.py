"""`kinelake org`: the tenants."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="Organisations: the tenants.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name in tokens.")], data: Data = None, as_json: Json = False
) -> None:
    """A new organisation, with a key of its own that turns its people into subjects."""
    from kinelake.installation import opened
    from kinelake.output import print_json

    with opened(data=data) as installation:
        made = installation.control.organisations.create(name)
    if as_json:
        print_json({"organisation": made.id, "created_at": made.created_at})
    else:
        typer.echo(f"Organisation {made.id} is there.")


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """All organisations by name."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.organisations.list()
    rows = [{"organisation": each.id, "created_at": each.created_at} for each in found]
    print_rows(rows, as_json, "No organisation yet: `kinelake org create NAME` makes one.")
