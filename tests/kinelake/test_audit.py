"""`kinelake audit verify`, and the audit log of a whole running system whose processes are killed."""

import json
import os
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed
from typer.testing import CliRunner

from control.chains import ChainHead
from kinelake.cli import app
from kinelake.installation import Installation
from schemas.audit import AUDIT, SECURITY
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.chains import Log, entry
from tests.kit.running import Up, up, waiting
from tests.reference.audit import faults
from web.development import issue_development_token

WRITERS = 20
LEAST, MOST = 15, 200
"""Entries of each writer: more than the least as long as processes are being killed."""


def verified(data: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "verify", "--data", str(data), *arguments])
    return done.exit_code, done.stdout


@pytest.fixture
def log(installation: Installation) -> Log:
    made = Log(installation.location.folder)
    made.commit([entry(tenant, number) for number in range(1, 6) for tenant in ("clinic", "hospital")])
    heads = {name: ChainHead(link.number, link.digest) for name, link in made.heads.items()}
    installation.control.chains.advance(heads)
    return made


def test_a_whole_log_is_said_to_be_whole(log: Log, data: Path) -> None:
    code, said = verified(data)
    assert code == 0
    assert [line.split()[:4] for line in said.splitlines() if "whole" in line] == [
        ["clinic", "5", "0", "whole"],
        ["hospital", "5", "0", "whole"],
    ]


def test_an_empty_installation_has_nothing_to_verify(data: Path) -> None:
    assert verified(data) == (0, "No audit row yet.\n")


def test_the_first_broken_row_is_named_to_people_and_to_programs(log: Log, data: Path) -> None:
    log.tamper(pl.lit("x").alias("status"), (pl.col("tenant") == "clinic") & (pl.col("chain_number") == 3))
    code, said = verified(data, "--json")
    clinic, hospital = json.loads(said)["organisations"]
    assert code == 1
    assert clinic["broken"] == {
        "reason": "altered",
        "first": 3,
        "last": 3,
        "event_id": "clinic-3",
        "detail": "what the row says is not what its digest says",
    }
    assert hospital["broken"] is None
    code, said = verified(data)
    assert code == 1
    assert "altered" in said
    assert "clinic-3" in said
    assert verified(data, "--org", "hospital")[0] == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_twenty_writers_and_processes_that_are_killed_make_one_chain(data: Path) -> None:
    """Every entry that was answered is a link, each once; refusals and administrators' doings are among them."""
    with up(data) as running:
        running.says("Kinelake is ready")
        with ThreadPoolExecutor(WRITERS + 1) as pool:
            killing = pool.submit(killed, running)
            writing = [pool.submit(written, running, data, number, killing) for number in range(WRITERS)]
            sent = {event_id for writer in writing for event_id in writer.result()}
            killing.result()
        refused = httpx.post(f"{running.url}/v1/media/events", json={}, headers=bearer(data, "user"), timeout=30)
        assert refused.status_code == 400
        assert httpx.post(f"{running.url}/v1/media/events", json={}, timeout=30).status_code == 401
        waiting(lambda: sent <= {row["event_id"] for row in rows(data, AUDIT.primary.name)})
        waiting(lambda: "invalid_event" in {row["code"] for row in rows(data, AUDIT.primary.name)})
        waiting(lambda: "token_missing" in {row["code"] for row in rows(data, SECURITY.primary.name)})
        code, said = verified(data, "--json")
        found = json.loads(said)
        assert code == 0, said
    (chain,) = found["organisations"]
    stored = rows(data, AUDIT.primary.name)
    assert (chain["organisation"], chain["first"], chain["last"]) == ("clinic", 1, len(stored))
    assert len(sent) >= WRITERS * LEAST
    assert faults(stored) == []


def killed(running: Up) -> None:
    """The flows die three times while entries come; `up` starts them again."""
    for _ in range(3):
        pid = running.pids("flows")[-1]
        os.kill(pid, signal.SIGKILL)
        waiting(lambda pid=pid: running.pids("flows")[-1] != pid)


def bearer(data: Path, role: str) -> dict[str, str]:
    token = issue_development_token(data / "secrets", "core-api", "clinic", role, 2, timedelta(hours=1))
    # a device that flows know without compiling rules first
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148"
    return {"Authorization": f"Bearer {token}", "User-Agent": phone}


def written(running: Up, data: Path, number: int, killing: "Future[None]") -> list[str]:
    """The ids of what one writer has been answered; after any other answer it tries again with the same id."""
    ids = (str(uuid.UUID(int=number << 64 | each << 32 | 4 << 76)) for each in range(MOST))
    sent: list[str] = []
    with httpx.Client(base_url=running.url, headers=bearer(data, "system"), timeout=30) as client:
        while len(sent) < LEAST or (len(sent) < MOST and not killing.done()):
            sent.append(posted(client, next(ids)))
    return sent


RETRIED = (httpx.HTTPError, AssertionError)


@retry(
    retry=retry_if_exception_type((httpx.HTTPError, AssertionError)), wait=wait_fixed(0.1), stop=stop_after_delay(60)
)
def posted(client: httpx.Client, event_id: str) -> str:
    body = {"action": "patient.view", "resource_type": "patient", "status": "success", "event_id": event_id}
    answer = client.post("/v1/audit/ingest", json=body)
    assert answer.status_code == 202, answer.text
    said: dict[str, Any] = answer.json()
    assert said["event_id"] == event_id
    return event_id


def rows(data: Path, table: str) -> list[dict[str, Any]]:
    reader = TableReader(Location(str(data / "tables")))
    return [] if reader.version(table) is None else list(_rows(reader, table))


def _rows(reader: TableReader, table: str) -> Iterator[dict[str, Any]]:
    return reader.scan(table).collect().iter_rows(named=True)
