"""The gateway as its role makes it: nothing is compiled any more once it takes requests."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

PROGRAM = """
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
from numba.core.dispatcher import Dispatcher

from ingest_gateway.game.family import EVENTS
from kinelake.applications import new_tokens
from kinelake.http_roles import application
from kinelake.installation import opened
from schemas.game import items, scan
from tests.kit.game_bodies import GAMEPLAY, TRAJECTORY, but, encoded

COMPILED = [found for module in (items, scan) for found in vars(module).values() if isinstance(found, Dispatcher)]


def signatures():
    return {found.__name__: list(found.signatures) for found in COMPILED}


async def answers(app, app_id, token):
    now = datetime.now(UTC).isoformat()
    jump = but(GAMEPLAY, app_id=app_id, timestamp=now)
    walk = but(TRAJECTORY, app_id=app_id, timestamp_start=now, timestamp_end=now)
    bodies = [encoded(jump), encoded(walk), b"\\x81\\xa1a\\xc1"]
    headers = {"x-public-token": token, "Content-Type": "application/msgpack"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kinelake.test") as client:
        return [(await client.post(EVENTS, content=body, headers=headers)).status_code for body in bodies]


async def main(installation, app_id, token):
    app = application(installation, "gateway")
    async with app.router.lifespan_context(app):
        begun = signatures()
        assert {"_scan", "_items", "_numbers", "_place"} <= {name for name, found in begun.items() if found}, begun
        found = await answers(app, app_id, token)
        assert found == [200, 200, 400], found
        assert signatures() == begun


with opened(data=Path(sys.argv[1])) as installation:
    installation.control.organisations.ensure("acme")
    made = installation.control.applications.create("acme", "jumper", 2)
    asyncio.run(main(installation, made.id, new_tokens(installation, made)["public"]))
"""


def test_a_gateway_begins_once_all_that_it_needs_is_compiled(tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
