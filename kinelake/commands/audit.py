"""`kinelake audit`: whether the audit log is as it was written."""

from typing import Annotated

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="The audit log: `kinelake audit verify`.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The audit log's chains."""


@app.command()
def verify(
    org: Annotated[str | None, typer.Option("--org", metavar="O", help="Only this organisation.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Names the first row of each organisation's chain that is not as it was written, and why; then exit 1."""
    from kinelake.audit import report_of, row
    from kinelake.installation import looked_into
    from kinelake.output import print_json, print_rows

    with looked_into(data=data) as installation:
        report = report_of(installation, org)
    if as_json:
        print_json(report)
    else:
        print_rows([row(each) for each in report.organisations], as_json, "No audit row yet.")
        for path in report.unread:
            typer.echo(f"The table names a file that is not there or cannot be read: {path}")
    if not report.whole:
        raise typer.Exit(1)
