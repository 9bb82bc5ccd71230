"""`kinelake example`: the generator of example traffic as a load."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json, Supervised


def example(
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Events per second, of all streams together; without it those of the last day, then live."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to play.")] = 60,
    stream: Annotated[
        list[str] | None,
        typer.Option("--stream", help="Only this stream's traffic; may be given again. All by default."),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option("--family", help="Only the streams of this family; may be given again, and beside --stream."),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Largest number of events in a request.")] = 100,
    url: Annotated[str | None, typer.Option(help="The gateway; by default the one of these settings.")] = None,
    straight: Annotated[
        bool,
        typer.Option("--straight", help="Straight to the log, past the gateway; the streams for which that can be."),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same traffic as another time; by default new.", show_default=False),
    ] = None,
    data: Data = None,
    as_json: Json = False,
    supervised: Supervised = False,
) -> None:
    """Plays what people who do not exist do, over HTTP or straight to the log."""
    from dataclasses import asdict

    from kinelake.installation import at_work
    from kinelake.output import print_json
    from kinelake.playing import Wanted, new_seed, play
    from kinelake.role import end_with_supervisor

    if supervised:
        end_with_supervisor()
    sown = new_seed() if seed is None else seed
    wanted = Wanted(
        streams=tuple(stream or ()),
        families=tuple(family or ()),
        rate=rate,
        seconds=seconds,
        batch=batch,
        url=url,
        straight=straight,
        seed=sown,
    )
    with at_work(data=data) as installation:
        played = play(installation, wanted)
    if as_json:
        print_json({**asdict(played), "seed": sown})
        return
    counts = f"{played.accepted:,} events accepted, {played.rejected:,} rejected, {played.retries:,} retries"
    # what a supervised role writes to stdout is its report
    typer.echo(f"Example data: {counts}; --seed {sown} plays the same again.", err=supervised)
