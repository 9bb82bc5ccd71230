"""`kinelake tables`: what is in the lake."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="The tables: `kinelake tables`, `kinelake tables show NAME`.", invoke_without_command=True)


@app.callback()
def tables(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """Every table that exists: rows, version, files, size, path."""
    if context.invoked_subcommand is not None:
        return
    from kinelake.installation import looked_into
    from kinelake.output import print_json
    from kinelake.status import tables as existing
    from kinelake.table_view import print_tables

    with looked_into(data=data) as installation:
        found = existing(installation)
    if as_json:
        print_json(found)
    else:
        print_tables(found)


@app.command()
def show(name: Annotated[str, typer.Argument(help="The table.")], data: Data = None, as_json: Json = False) -> None:
    """One table: its columns with units and descriptions, partitions, size."""
    from kinelake.installation import looked_into
    from kinelake.output import print_json
    from kinelake.table_view import described, print_described

    with looked_into(data=data) as installation:
        found = described(installation, name)
    if as_json:
        print_json(found)
    else:
        print_described(found)
