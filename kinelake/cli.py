"""The command line: `kinelake --help`. Exit 0 done, 1 failed, 2 wrong use; an error is one line that names the fix."""

import importlib
import pkgutil
import sys

import typer

from kinelake import commands, garbage
from kinelake.allocators import started_again, wanted_by
from kinelake.commands import analyze, example, replay, roles, status, token, up, upkeep
from kinelake.exit_codes import exit_code
from kinelake.metrics_folder import join_metrics
from schemas.shared.faults import KinelakeError

app = typer.Typer(
    name="kinelake",
    help="Events from video, apps, games and bodies into Delta tables, exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(up.up)
app.command()(roles.gateway)
app.command()(roles.flow)
app.command()(roles.flows)
app.command()(roles.worker)
app.command()(roles.query)
app.command(hidden=True)(roles.web)
app.command()(token.token)
app.command()(status.status)
app.command()(status.watch)
app.command()(replay.replay)
app.command()(upkeep.settle)
app.command()(upkeep.compact)
app.command()(upkeep.vacuum)
app.command()(example.example)
app.command(cls=analyze.GroupedOptions)(analyze.analyze)


def groups() -> dict[str, typer.Typer]:
    """The modules that have an `app`: commands of their own below the module's name."""
    names = [found.name for found in pkgutil.iter_modules(commands.__path__)]
    modules = {name: importlib.import_module(f"{commands.__name__}.{name}") for name in names}
    return {name: module.app for name, module in modules.items() if hasattr(module, "app")}


for _name, _group in groups().items():
    app.add_typer(_group, name=_name)


def main() -> None:
    """Runs the command of this process's arguments and ends the process."""
    if wanted_by(sys.argv[1:]):
        started_again(sys.argv[1:])
    garbage.starting()
    join_metrics(sys.argv[1:])
    try:
        app()
    except KinelakeError as error:
        typer.echo(f"kinelake: {error}", err=True)
        sys.exit(exit_code(error, sys.argv[1:]))
