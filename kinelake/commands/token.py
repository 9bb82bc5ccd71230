"""`kinelake token`: a development token."""

import re
from datetime import timedelta
from typing import Annotated, Literal

import typer

from kinelake.commands.options import Data, Json

_TTL = re.compile(r"(?P<count>[1-9]\d*)(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def token(
    sub: Annotated[str, typer.Option(help="The person the token is for.")],
    org: Annotated[str, typer.Option(help="Their organisation; made on first use.")],
    role: Annotated[Literal["user", "specialist", "admin", "system"], typer.Option(help="What they may do.")] = "user",
    consent: Annotated[int, typer.Option(min=0, max=3, help="Consent level: 0 none, 1, 2 analytics, 3 full.")] = 2,
    ttl: Annotated[str, typer.Option(help="How long it is good for: 30s, 15m, 1h, 7d.")] = "1h",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A development token, signed with the key in the data folder; refused when an issuer is configured."""
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.tokens import development_token

    lasting = duration(ttl)
    with opened(data=data) as installation:
        made = development_token(installation, sub=sub, org=org, role=role, consent=consent, ttl=lasting)
    if as_json:
        print_json({"token": made, "expires_in_seconds": int(lasting.total_seconds())})
    else:
        typer.echo(made)


def duration(text: str) -> timedelta:
    """30s, 15m, 1h or 7d as a timedelta; anything else is wrong use."""
    match = _TTL.fullmatch(text)
    if match is None:
        raise typer.BadParameter("write a number and s, m, h or d, such as 1h", param_hint="--ttl")
    return timedelta(**{_UNITS[match["unit"]]: int(match["count"])})
