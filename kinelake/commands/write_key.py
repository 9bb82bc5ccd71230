"""What `kinelake key` says and does about write keys: the family `ingest`, whose keys are an organisation's."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

if TYPE_CHECKING:
    from control.write_keys import WriteKey

INGEST: Final = "ingest"


class AskedToWrite(NamedTuple):
    """What was asked for that write keys alone can have."""

    name: str
    server: bool
    origins: tuple[str, ...]
    categories: tuple[str, ...]

    def refuse_any(self) -> None:
        """Of another family's key nothing of it may be said."""
        options = zip(("--name", "--server", "--origin", "--category"), self, strict=True)
        for option, given in options:
            if given:
                raise typer.BadParameter(f"says nothing here: it is for {INGEST} keys", param_hint=option)


def create(org: str, default_consent: int, asked: AskedToWrite, data: Path | None, as_json: bool) -> None:
    """A new write key, shown this once."""
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.write_keys import create_write_key

    with opened(data=data) as installation:
        made, text = create_write_key(
            installation,
            org,
            default_consent,
            name=asked.name,
            server=asked.server,
            origins=asked.origins,
            categories=asked.categories,
        )
    if as_json:
        print_json({**row(made), "key": text})
        return
    kept = "it is a secret" if made.server else "pages may show it to everybody"
    typer.echo(text)
    typer.echo(f"Key {made.id}: keep it now, it is not shown again; {kept}.", err=True)


def purge(key_id: str, data: Path | None, as_json: bool) -> None:
    """Ends a write key, and has a job remove its rows."""
    from kinelake.installation import opened
    from kinelake.output import print_json
    from kinelake.write_keys import purge as purged

    with opened(data=data) as installation:
        ended, job = purged(installation, key_id)
    if as_json:
        print_json({**row(ended), "job": job.id})
        return
    typer.echo(f"Key {ended.id} is revoked, and job {job.id} removes all rows that it let in.")


def id_of(first: str, second: str | None) -> str:
    """The id in `ID` or `ingest ID`."""
    if second is None:
        return first
    if first != INGEST:
        raise typer.BadParameter(f"only {INGEST} may stand before the id", param_hint="ID")
    return second


def say(key: "WriteKey", as_json: bool, words: str) -> None:
    """The key for programs, the words for people."""
    from kinelake.output import print_json

    if as_json:
        print_json(row(key))
    else:
        typer.echo(words)


def short(key: "WriteKey") -> dict[str, Any]:
    """What has room in a line of a terminal, beside API keys."""
    scope = "server" if key.server else "public"
    of = f"{key.tenant}/{key.name}" if key.name else key.tenant
    revoked = key.revoked_at is not None
    return {"id": key.id, "family": INGEST, "of": of, "scope": scope, "plan": "", "revoked": revoked}


def row(key: "WriteKey") -> dict[str, Any]:
    """All of it but its look-up."""
    said = {name: value for name, value in vars(key).items() if name != "lookup"}
    return {"family": INGEST, **said, "origins": sorted(key.origins)}
