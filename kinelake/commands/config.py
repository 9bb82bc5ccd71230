"""`kinelake config`: the settings in force."""

import typer

from kinelake.commands.options import Data, Json

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.command()
def show(data: Data = None, as_json: Json = False) -> None:
    """Every setting, its value and where it came from; secrets are masked."""
    from kinelake.installation import warn
    from kinelake.output import print_json, print_table
    from kinelake.settings import load
    from kinelake.settings_page import listed

    rows = listed(load({"data": data}, unknown=warn))
    if as_json:
        print_json({row.name: {"value": row.value, "origin": row.origin} for row in rows})
    else:
        print_table(["setting", "value", "from"], [(row.variable, row.value or None, row.origin) for row in rows])


@app.command()
def check(data: Data = None) -> None:
    """Whether a role would start with these settings; says what is wrong and how to mend it."""
    from kinelake.settings import load
    from web.options import development

    in_development = development(load({"data": data}).settings)
    mode = "development: no issuer is set, tokens of `kinelake token` are accepted" if in_development else "production"
    typer.echo(f"The settings are good ({mode}).")
