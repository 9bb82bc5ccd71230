"""`kinelake status` and `kinelake watch`."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json


def status(data: Data = None, as_json: Json = False) -> None:
    """Roles alive, lag, tables, freshness, dead letters, and the sum of every stream."""
    from kinelake.installation import looked_into
    from kinelake.output import print_json
    from kinelake.status import status as current
    from kinelake.status_view import print_status

    with looked_into(data=data) as installation:
        found = current(installation)
    if as_json:
        print_json(found)
    else:
        print_status(found)
    if found.problems or any(each.balance for each in found.sums):
        raise typer.Exit(1)


def watch(
    data: Data = None,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2,
) -> None:
    """A live view of status; Ctrl-C ends it."""
    from kinelake.installation import looked_into
    from kinelake.status_view import watch_status

    with looked_into(data=data) as installation:
        watch_status(installation, every)
