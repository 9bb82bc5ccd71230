"""Opening a control store: migrations, several processes at once, what is refused."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from control.database import BadControlUrl, Database
from control.faults import ControlTooNew, ControlUnavailable
from control.metadata import METADATA
from control.migrating import MIGRATIONS
from control.schema import CURRENT
from control.store import Control
from tests.servers import Postgres

OPEN_AND_REPORT = """
import sys
from control.store import Control
control = Control.open(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
print(control.organisations.ensure("acme").key.hex())
"""

TEN = datetime(2026, 2, 17, 10, tzinfo=UTC)
OLD_JOB = """
INSERT INTO jobs (kind, key, payload, state, progress, attempt, lease_until, available_at, created_at)
VALUES (:kind, :key, '{}', :state, 0.5, 1, :at, :at, :at)
"""


def test_the_migrations_make_the_tables_that_the_code_declares(url: str) -> None:
    Control.open(url).close()
    database = Database.connect(url)
    with database.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == CURRENT
    database.close()


def test_opening_again_keeps_what_is_there(url: str) -> None:
    first = Control.open(url)
    acme = first.organisations.create("acme")
    first.close()
    again = Control.open(url)
    assert again.organisations.get("acme") == acme
    again.close()


def test_a_store_of_this_version_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/control.db"
    Control.open(url).close()
    opened = "import sys; from control.store import Control; Control.open(sys.argv[1]); print('alembic' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", opened, url], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_a_store_of_the_first_version_goes_on_with_its_jobs(url: str) -> None:
    database = Database.connect(url)
    as_of_the_first_version(database)
    jobs = (("settle", "settle", "queued"), ("vacuum", "vacuum", "running"))
    with database.write() as connection:
        for kind, key, state in jobs:
            connection.execute(text(OLD_JOB), {"kind": kind, "key": key, "state": state, "at": "2026-02-17 10:00:00"})
    database.close()
    control = Control.open(url)
    found = [(job.kind, job.state, job.lease, job.words) for job in control.jobs.list()]
    assert found == [("vacuum", "running", 0, None)], "settling is a job of each stream now, with its name as key"
    taken = control.jobs.lease(["vacuum"], "w", TEN + timedelta(days=1))
    assert taken is not None
    assert control.jobs.finish(taken, TEN).state == "finished"
    control.close()


def as_of_the_first_version(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")


def test_several_processes_open_a_new_store_at_once_and_share_one_organisation_key(url: str) -> None:
    command = [sys.executable, "-c", OPEN_AND_REPORT, url]
    starts = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": Path.cwd()}
    processes = [subprocess.Popen(command, env=os.environ | {"PYTHONPATH": "."}, **starts) for _ in range(4)]  # type: ignore[call-overload]
    assert [process.stdout.readline() for process in processes] == ["open\n"] * 4
    keys = {process.communicate("go\n")[0] for process in processes}
    assert len(keys) == 1


def test_a_store_of_a_newer_version_is_refused_with_the_way_out(url: str) -> None:
    Control.open(url).close()
    database = Database.connect(url)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(ControlTooNew, match=r"9999.*newer Kinelake.*KINELAKE_CONTROL_URL"):
        Control.open(url)


@pytest.mark.parametrize("bad", ["control.db", "mysql://h/db", "sqlite://", "kafka://h", ""])
def test_a_url_that_names_no_database_is_refused_with_examples(bad: str) -> None:
    with pytest.raises(BadControlUrl, match="sqlite:///PATH or postgresql://"):
        Control.open(bad)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(BadControlUrl) as refusal:
        Control.open("mysql://me:secret@h/db")
    assert "secret" not in str(refusal.value)


def test_a_database_that_is_away_is_a_transient_error() -> None:
    with pytest.raises(ControlUnavailable):
        Control.open("postgresql://nobody@127.0.0.1:1/nothing")


def test_a_file_in_the_way_of_the_folder_is_a_transient_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ControlUnavailable, match="taken"):
        Control.open(f"sqlite:///{tmp_path}/taken/control.db")


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    path.write_text("these are notes, and no database at all " * 10)
    with pytest.raises(BadControlUrl, match="is no SQLite database"):
        Control.open(f"sqlite:///{path}")
    assert path.read_text().startswith("these are notes")


def test_nobody_else_may_read_the_file_with_the_organisations_keys(tmp_path: Path) -> None:
    Control.open(f"sqlite:///{tmp_path}/control.db").close()
    assert stat.S_IMODE((tmp_path / "control.db").stat().st_mode) == 0o600


def test_a_store_locked_by_another_writer_is_a_transient_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("control.database.BUSY_SECONDS", 0.05)
    control = Control.open(f"sqlite:///{tmp_path}/control.db")
    with closing(sqlite3.connect(tmp_path / "control.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert control.organisations.list() == []
        with pytest.raises(ControlUnavailable, match="locked"):
            control.organisations.create("acme")
        other.execute("ROLLBACK")
    control.organisations.create("acme")
    control.close()


def test_a_store_serves_again_once_its_server_is_back(postgres: Postgres) -> None:
    control = Control.open(postgres.database())
    postgres.kill()
    with pytest.raises(ControlUnavailable):
        control.ping()
    postgres.start()
    control.ping()
    control.close()


def test_ping_says_whether_the_database_answers(control: Control) -> None:
    control.ping()
