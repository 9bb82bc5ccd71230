"""`kinelake up`: everything on one machine."""

from typing import Annotated

import typer

from kinelake.commands.options import Data


def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to bind to; by default KINELAKE_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="One port for every family; by default KINELAKE_PORT.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="On the first start play example traffic, labelled as such.")
    ] = False,
) -> None:
    """Web, flows and worker on one machine, restarted when they die; Ctrl-C drains and ends."""
    from kinelake.one_machine import run
    from kinelake.settings import load

    run(load({"data": data, "host": host, "port": port}), with_example=example)
