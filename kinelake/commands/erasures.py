"""`kinelake erasures`: who was forgotten, how far that is, and what an auditor gets of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from control.erasures import Erasure

app = typer.Typer(help="Erasures: `kinelake erasures list`, `kinelake erasures show ID`.", no_args_is_help=True)

LISTED = ("id", "state", "erased_at", "finish_expected_at")
"""What fits beside an id in a terminal of 80 columns; the receipt and --json have the rest."""


@app.command("list")
def list_(
    org: Annotated[str | None, typer.Option("--org", metavar="O", help="Only this organisation's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most erasures.")] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The newest first: whether people are hidden, gone from the tables, or gone for good, and when they will be."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        erasures = installation.control.erasures
        found = erasures.newest(limit) if org is None else erasures.of_tenant(org, limit)
    rows = [_row(each) for each in found]
    if not as_json:
        rows = [{name: row[name] for name in LISTED} | {"state": row["state"].replace("_", " ")} for row in rows]
    print_rows(rows, as_json, "Nobody has been erased.")


@app.command()
def show(erasure_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, as_json: Json = False) -> None:
    """What went of a person from where, and when each step ended; exit 1 where there is no such erasure."""
    from kinelake.installation import looked_into
    from kinelake.output import print_json, print_rows, print_table

    with looked_into(data=data) as installation:
        found = installation.control.erasures.get(erasure_id)
    if found is None:
        typer.echo(f"There is no erasure {erasure_id}: `kinelake erasures list` names them.", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json({**_row(found), "subject": found.subject, "detail": found.detail})
        return
    print_table(["", "value"], _row(found).items())
    tables = [{"table": name, **went} for name, went in found.detail.get("tables", {}).items() if went["rows"]]
    print_rows(tables, as_json, "No table had rows of them.")


def _row(erasure: "Erasure") -> dict[str, Any]:
    return {
        "id": erasure.id,
        "organisation": erasure.tenant,
        "scope": erasure.scope or "organisation",
        "requested_by": erasure.requested_by,
        "state": erasure.state,
        "erased_at": erasure.erased_at,
        "tables_clean_at": erasure.tables_clean_at,
        "finished_at": erasure.finished_at,
        "finish_expected_at": erasure.finish_expected_at,
    }
