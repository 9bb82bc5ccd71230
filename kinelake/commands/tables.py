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
    from dataclasses import asdict

    from kinelake.installation import opened
    from kinelake.output import print_rows
    from kinelake.status import tables as existing

    with opened(data=data) as installation:
        rows = [asdict(table) for table in existing(installation)]
    print_rows(rows, as_json, "No table yet: a flow makes its tables when it starts.")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The table.")], data: Data = None, as_json: Json = False) -> None:
    """One table: its columns with units and descriptions, partitions, size."""
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.table_view import described, print_described

    with opened(data=data) as installation:
        found = described(installation, name)
    if as_json:
        print_json(found)
    else:
        print_described(found)
