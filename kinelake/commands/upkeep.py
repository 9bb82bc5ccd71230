"""`kinelake settle`, `compact`, `vacuum`: upkeep by hand, safe while the system runs."""

import typer

from kinelake.commands.options import Data, Json


def settle(data: Data = None, as_json: Json = False) -> None:
    """Folds what has been quiet long enough into one row per session and per cube cell."""
    from dataclasses import asdict

    from jobs.settle import settle as run
    from kinelake.installation import at_work
    from kinelake.output import print_json
    from kinelake.role import now

    with at_work(data=data) as installation:
        done = run(installation.lake, now())
    if as_json:
        print_json(asdict(done))
    else:
        typer.echo(f"{done.sessions:,} sessions settled, {done.reopened:,} of them anew; {done.states_kept:,} wait.")


def compact(data: Data = None, as_json: Json = False) -> None:
    """Joins small files of every table into few sorted ones."""
    import threading
    from dataclasses import asdict

    from jobs.compact import compact_all
    from kinelake.installation import at_work
    from kinelake.output import print_rows

    with at_work(data=data) as installation:
        done = compact_all(installation.lake, threading.Event())
    print_rows([{"table": name, **asdict(each)} for name, each in done.items()], as_json, "No table yet.")


def vacuum(data: Data = None, as_json: Json = False) -> None:
    """Removes versions older than KINELAKE_VACUUM_HOURS, and the files that no younger one uses."""
    import threading
    from dataclasses import asdict

    from jobs.vacuum import vacuum as run
    from kinelake.installation import at_work
    from kinelake.output import print_rows
    from kinelake.role import now

    with at_work(data=data) as installation:
        removed = run(installation.lake, threading.Event(), now())
    print_rows([{"table": name, **asdict(each)} for name, each in removed.items()], as_json, "No table yet.")
