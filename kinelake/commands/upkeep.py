"""`kinelake settle`, `compact`, `vacuum`: upkeep by hand, safe while the system runs."""

import typer

from kinelake.commands.options import Data, Json


def settle(data: Data = None, as_json: Json = False) -> None:
    """Folds what has been quiet long enough into one row per session and per cube cell."""
    from dataclasses import asdict

    from jobs.settle import settle as run
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.role import now

    with opened(data=data) as installation:
        done = run(installation.lake, now())
    if as_json:
        print_json(asdict(done))
    else:
        typer.echo(f"{done.sessions:,} sessions settled, {done.reopened:,} of them anew; {done.states_kept:,} wait.")
