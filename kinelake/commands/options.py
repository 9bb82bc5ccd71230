"""Options that several commands take."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Data: TypeAlias = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; by default KINELAKE_DATA, else ./data.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Supervised: TypeAlias = Annotated[
    bool, typer.Option("--supervised", hidden=True, help="Started by `kinelake up`: report to it, end with it.")
]
