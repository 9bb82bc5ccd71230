"""`kinelake gdpr`: all there is of a person, as a document, or gone."""

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="A person's data: `kinelake gdpr export`, `kinelake gdpr erase`.", no_args_is_help=True)

Org: TypeAlias = Annotated[str, typer.Option("--org", metavar="O", help="The organisation.")]
User: TypeAlias = Annotated[str, typer.Option("--user", metavar="U", help="The person as the organisation names them.")]


@app.command()
def export(
    org: Org,
    user: User,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here instead of printing.")] = None,
    data: Data = None,
) -> None:
    """All that the organisation's tables have of a person, as one JSON document; noted in its audit log."""
    from kinelake.gdpr import acting, write_whole
    from kinelake.installation import at_work

    with at_work(data=data) as installation:
        pieces = acting(installation, lambda operator: operator.export(org, user))
        if out is None:
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.buffer.flush()
        else:
            write_whole(pieces, out)


@app.command()
def erase(
    org: Org,
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Forgets a person everywhere in the organisation. Nothing shows them from then on; a worker does the rest."""
    from kinelake.gdpr import acting
    from kinelake.installation import at_work
    from kinelake.output import print_json

    if not yes:
        typer.confirm("Everything that the organisation has of this person goes for good. Erase it?", abort=True)
    with at_work(data=data) as installation:
        done = acting(installation, lambda operator: operator.erase(org, user))
    erasure = None if done.erasure is None else done.erasure.id
    if as_json:
        print_json({"erasure": erasure, **done.counts})
    elif erasure is None:
        typer.echo("Nobody there is called so: nothing to erase.")
    else:
        typer.echo(f"Erasure {erasure}: {done.sessions:,} sessions, {done.events:,} events and all else of them go.")
