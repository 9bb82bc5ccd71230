"""`kinelake audit verify`: what it says of chains, and by its exit code."""

import asyncio
import json
from pathlib import Path

import httpx
import polars as pl
import pytest
from typer.testing import CliRunner

from control.chains import ChainHead
from ingest_gateway.audit.trail import PublishedTrail
from kinelake.cli import app as cli
from kinelake.http_roles import application
from kinelake.installation import Installation
from tests.kit.chains import Log, entry
from web.app import WebApp


def verified(data: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["audit", "verify", "--data", str(data), *arguments])
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


def test_readiness_tells_of_a_trail_that_an_unexpected_error_has_ended(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(trail: PublishedTrail) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(PublishedTrail, "_send", broken)
    answer = asyncio.run(unready(application(installation, "gateway")))
    assert answer.status_code == 503
    assert "no audit row is published any more" in answer.text


async def unready(app: WebApp) -> httpx.Response:
    """What /health/ready says once it is not 200, some time after a refusal; the error shows at the end as well."""
    life = app.router.lifespan_context(app)
    await life.__aenter__()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kinelake.test") as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/v1/nothing")).status_code == 404
        async with asyncio.timeout(60):
            while (answer := await client.get("/health/ready")).status_code == 200:
                await asyncio.sleep(0.005)
    with pytest.raises(RuntimeError, match="nobody thought of this"):
        await life.__aexit__(None, None, None)
    return answer
