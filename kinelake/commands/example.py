"""`kinelake example`: the generator of example traffic as a load."""

from typing import Annotated, Literal

import typer

from kinelake.commands.options import Data, Json, Supervised


def example(
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Events per second; without it sessions of the last hours, then live.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to play.")] = 60,
    family: Annotated[Literal["media"], typer.Option(help="Which family's events.")] = "media",
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Largest number of events in a request.")] = 100,
    url: Annotated[str | None, typer.Option(help="The gateway; by default the one of these settings.")] = None,
    straight: Annotated[bool, typer.Option("--straight", help="Straight to the log, past the gateway.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other people and sessions.")] = 1,
    data: Data = None,
    as_json: Json = False,
    supervised: Supervised = False,
) -> None:
    """Plays realistic viewing by people who do not exist, over HTTP or straight to the log."""
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.playing import Wanted, play
    from kinelake.role import end_with_supervisor

    if supervised:
        end_with_supervisor()
    wanted = Wanted(family=family, rate=rate, seconds=seconds, batch=batch, url=url, straight=straight, seed=seed)
    with opened(data=data) as installation:
        played = play(installation, wanted)
    if as_json:
        print_json(played)
    else:
        typer.echo(f"{played.accepted:,} events accepted, {played.rejected:,} rejected, {played.retries:,} retries.")
