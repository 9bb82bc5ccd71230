"""What `kinelake up` prints: where to look once it is ready, then what has landed in the tables."""

import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import typer

from kinelake.api_keys import kinds, people_kinds
from kinelake.applications import example_token
from kinelake.development_keys import PERSON, PROJECT, development_key
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import Shown, examples
from kinelake.installation import Installation
from kinelake.output import change
from kinelake.role import now
from kinelake.settings import Settings
from kinelake.status import table_rows
from kinelake.tokens import development_token
from schemas.shared.faults import Transient
from schemas.shared.stream import Stream
from sinks.settling import settled_into
from web.api_keys import KeyKind
from web.options import development
from web.people_keys import PersonKeyKind

TOKEN_HOURS = 12
LANDED_EVERY_SECONDS = 3.0
LANDED_AT_LEAST_EVERY_SECONDS = 60.0
SLOWER_BY = 1.3
"""What has landed is interesting at first; later `kinelake watch` shows it."""


class News:
    """Says once that the system is ready, then from time to time what is new.

    With the example, and in development, the application of the published example is there before it is said.
    """

    def __init__(
        self,
        installation: Installation,
        say: Callable[[str], None] = typer.echo,
        clock: Callable[[], float] = time.monotonic,
        *,
        with_example: bool = False,
    ) -> None:
        self._installation = installation
        self._with_example = with_example and development(installation.settings)
        self._say = say
        self._clock = clock
        self._ready = False
        self._every = LANDED_EVERY_SECONDS
        self._due = 0.0
        self._rows: Mapping[str, int] | None = None
        # what streams declare for the first words is read while the roles start: nobody waits for it once they have
        for declared in (examples, kinds, people_kinds):
            declared()

    def tick(self, reports: Mapping[str, Mapping[str, Any]] | None) -> str | None:
        """Prints what there is to say; gives the system's URL once, when it has become ready."""
        if self._ready:
            self._landed()
        elif reports is not None and _is_ready(url := reports["web"]["url"]):
            self._ready = True
            if self._with_example:
                example_token(self._installation)
            self._say(welcome(self._installation, url, _further(reports["web"])))
            return str(url)
        return None

    def _landed(self) -> None:
        if self._clock() < self._due:
            return
        self._due = self._clock() + self._every
        rows = _rows(self._installation)
        if rows is None:
            return
        if rows != self._rows and any(rows.values()):
            self._say(_landed_line(rows, self._rows))
        # Looking costs a read of every table's log, whether anything has landed or not.
        self._every = min(self._every * SLOWER_BY, LANDED_AT_LEAST_EVERY_SECONDS)
        self._rows, self._due = rows, self._clock() + self._every


def welcome(installation: Installation, url: str, further: str = "") -> str:
    """Where to look, and calls that work."""
    settings = installation.settings
    notebooks = ", ".join(dict.fromkeys(each.notebook for each in examples().values() if each.notebook is not None))
    return f"""
Kinelake is ready at {url} (Ctrl-C drains and ends)
{further}{_try_it(settings, url)}
  Dashboard  {url}/dashboard
             {_sign_in(settings)}
  API docs   {url}/docs
  Status     {_command(settings, "status")}
  Tables     {_command(settings, "tables")}
             in {settings.tables_url}
  Notebooks  {notebooks}
{_calls(installation, url)}"""


def _try_it(settings: Settings, url: str) -> str:
    """The page for the first minute, where there is one."""
    return f"\n  Try it     {url}/try" if development(settings) else ""


def _further(report: Mapping[str, Any]) -> str:
    """Where else everything answers, and where it would if nobody else were there."""
    at = f"Also at {' and '.join(report['further'])}.\n" if report["further"] else ""
    taken = f"Taken by something else: {' and '.join(f'port {port}' for port in report['taken'])}.\n"
    return f"{at}{taken if report['taken'] else ''}"


def _sign_in(settings: Settings) -> str:
    """How to come by the token that the dashboard asks for."""
    if settings.jwt_issuer is not None:
        return f"with a token of {settings.jwt_issuer} whose role is admin"
    words = ("token", "--sub", "you", "--org", ORGANISATION, "--role", "admin", "--ttl", f"{TOKEN_HOURS}h")
    return f"sign in with what this prints: {_command(settings, *words)}"


def _command(settings: Settings, *words: str) -> str:
    """A line for a shell in the folder where this process was started."""
    own = Path(sys.executable).with_name("kinelake")
    name = "kinelake" if shutil.which("kinelake") == str(own) else _from_here(own)
    return shlex.join([name, *words, "--data", _from_here(settings.data)])


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _calls(installation: Installation, url: str) -> str:
    if installation.settings.jwt_issuer is not None:
        return f"\nTokens come from {installation.settings.jwt_issuer}.\n"
    lasting = timedelta(hours=TOKEN_HOURS)
    token = development_token(installation, sub="you", org=ORGANISATION, role="specialist", consent=2, ttl=lasting)
    by_token = "".join(_calls_of(stream, shown, url, token) for stream, shown in _shown())
    by_key = "".join(_call_by_key(installation, kind, url) for kind in kinds().values())
    return by_token + by_key + "".join(_call_of_person(installation, kind, url) for kind in people_kinds().values())


def _calls_of(stream: Stream, shown: Shown, url: str, token: str) -> str:
    body = msgspec.json.encode(shown.event(now())).decode()
    return f"""
Send {shown.sent} (the token is for development and good for {TOKEN_HOURS} hours):

curl -sS {url}{stream.route_path} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{body}'

Ask for {shown.asked}:

curl -sS '{url}{shown.question}' -H 'Authorization: Bearer {token}'
"""


def _call_by_key(installation: Installation, kind: KeyKind, url: str) -> str:
    if kind.first_call is None:
        return ""
    path, said = kind.first_call
    key, body = development_key(installation, kind), msgspec.json.encode(said).decode()
    return f"""
Begin with {kind.family} by an API key (of the project {PROJECT}, for development):

curl -sS {url}{path} -H 'X-API-Key: {key}' -H 'Content-Type: application/json' -d '{body}'
"""


def _call_of_person(installation: Installation, kind: PersonKeyKind, url: str) -> str:
    if kind.first_question is None:
        return ""
    return f"""
Look at the demo of {kind.family} by an API key (of {PERSON}, for development):

curl -sS '{url}{kind.first_question}' -H 'Authorization: API-KEY {development_key(installation, kind)}'
"""


def _shown() -> list[tuple[Stream, Shown]]:
    return [(example.stream, example.shown) for example in examples().values() if example.shown is not None]


def _is_ready(url: str) -> bool:
    try:
        # our own machine: no proxy of the surroundings is between, and no certificate is asked for
        return httpx.get(f"{url}/health/ready", timeout=5, trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def _rows(installation: Installation) -> Mapping[str, int] | None:
    try:
        return table_rows(installation)
    except Transient:
        return None


def _landed_line(rows: Mapping[str, int], before: Mapping[str, int] | None) -> str:
    """Rows by table, and what changed since the last look; the first look has no change."""
    return f"in the tables: {', '.join(_count(name, rows[name], before) for name in rows if rows[name])}"


def _count(name: str, count: int, before: Mapping[str, int] | None) -> str:
    by = 0 if before is None else count - before.get(name, 0)
    settled = settled_into(name)
    why = f": settled into {settled}" if by < 0 and settled is not None else ""
    return f"{name} {count:,}" + (f" ({change(by)}{why})" if by else "")
