"""The gateway as its role makes it: no start waits for numba, and nothing is compiled that was not compiled ahead."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ingest_gateway.game import events
from ingest_gateway.game.family import EVENTS
from tests.ingest_gateway.game.conftest import APP_ID, Doors
from tests.ingest_gateway.game.sending import Sending
from tests.kit.game_bodies import GAMEPLAY, but, encoded

pytestmark = pytest.mark.timeout(300)

PROGRAM = """
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from ingest_gateway.game.family import EVENTS
from kinelake.applications import new_tokens
from kinelake.http_roles import application
from kinelake.installation import opened
from tests.kit.game_bodies import GAMEPLAY, TRAJECTORY, but, encoded


def compiled_ahead():
    from ingest_gateway.game.warm import compile_ahead

    compile_ahead()
    return signatures()


def signatures():
    from numba.core.dispatcher import Dispatcher

    from schemas.game import items, scan

    found = [each for module in (items, scan) for each in vars(module).values() if isinstance(each, Dispatcher)]
    return {each.__name__: list(each.signatures) for each in found}


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
    assert "numba" not in sys.modules
    async with app.router.lifespan_context(app):
        begun = await asyncio.to_thread(compiled_ahead)
        assert {"_scan", "_items", "_numbers", "_place"} <= {name for name, found in begun.items() if found}, begun
        found = await answers(app, app_id, token)
        assert found == [200, 200, 400], found
        assert signatures() == begun


with opened(data=Path(sys.argv[1])) as installation:
    installation.control.organisations.ensure("acme")
    made = installation.control.applications.create("acme", "jumper", 2)
    asyncio.run(main(installation, made.id, new_tokens(installation, made)["public"]))
"""


def test_a_gateway_is_made_without_numba_and_compiles_nothing_that_it_has_not_compiled_ahead(tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.anyio
async def test_a_body_that_comes_before_all_is_compiled_waits_for_it_and_no_other_request_does(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling, compiled, make = threading.Event(), threading.Event(), events._reading

    def made_late(max_age_days: int) -> object:
        compiling.set()
        assert compiled.wait(60)
        return make(max_age_days)

    monkeypatch.setattr(events, "_reading", made_late)
    sending = Sending(doors)
    early = asyncio.create_task(sending.post(encoded(but(GAMEPLAY, app_id=APP_ID))))
    assert await asyncio.to_thread(compiling.wait, 60)
    async with sending.client() as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get(EVENTS)).status_code == 405
    assert not early.done()
    compiled.set()
    assert (await early).status_code == 200
    assert len(sending.items) == 1
