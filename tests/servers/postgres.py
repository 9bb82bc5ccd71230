"""One PostgreSQL server; as root it runs as another user, since PostgreSQL refuses root."""

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.servers.required import Missing
from tests.servers.server import NotReady, Server, identity


class Postgres(Server):
    """A server on 127.0.0.1 that trusts everyone, with its data in `directory`/data."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._programs = programs()
        self._data = directory / "data"
        self._initialise()

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the server's own database."""
        return self._url("postgres")

    def database(self) -> str:
        """SQLAlchemy's URL of a new, empty database."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def command(self) -> Sequence[str]:
        # fsync matters when the machine dies, not when the process does; off, a test takes half the time.
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        return [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", "", *settings]

    def user(self) -> str | None:
        return unprivileged_user() if os.geteuid() == 0 else None

    def check(self) -> None:
        try:
            psycopg.connect(self._dsn, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            raise NotReady("PostgreSQL does not answer") from error

    @property
    def _dsn(self) -> str:
        return self._url("postgres").replace("+psycopg", "")

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        if (user := self.user()) is not None:
            shutil.chown(self._data, user)
        initdb: list[str | Path] = [
            self._programs / "initdb",
            "-D",
            self._data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd=self.directory, **identity(user))


def programs() -> Path:
    """The folder of `initdb` and `postgres`: on the path, or where Debian keeps it, the newest version first."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if on_path is not None:
        return Path(on_path).resolve().parent
    if not debian:
        raise Missing("initdb was not found: install PostgreSQL's server")
    return debian[-1].parent


def unprivileged_user() -> str:
    """Who a server runs as where we are root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
