"""`kinelake replay`: dead letters again."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json


def replay(
    flow: Annotated[str | None, typer.Option(help="Only this stream's.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those refused for this reason.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, send nothing.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Sends dead letters again, each at most once; run it after what refused them was mended."""
    from kinelake.installation import at_work
    from kinelake.output import print_json
    from kinelake.replay import replay as send_again

    with at_work(data=data) as installation:
        found = send_again(installation, flow, reason, dry_run)
    if as_json:
        print_json(found)
        return
    verb = "would be sent again" if dry_run else "were sent again"
    typer.echo(
        f"{found.sent:,} dead letters {verb}; {found.before:,} had been already, {found.kept:,} hold no message."
    )
