"""Bodies that the contract refuses: the code, and the item and field of the first fault; nothing of them is kept."""

import pytest

from tests.ingest_gateway.game.conftest import Doors
from tests.ingest_gateway.game.sending import Sending
from tests.kit.bad_game import BODIES, Bad
from tests.kit.game_bodies import GAMEPLAY

pytestmark = pytest.mark.anyio


def test_there_are_at_least_80_of_them_each_of_another_name() -> None:
    assert len({bad.name for bad in BODIES}) == len(BODIES) >= 80


async def test_each_is_refused_with_its_code_its_item_and_its_field(doors: Doors) -> None:
    sending = Sending(doors)
    wrong = {}
    for bad in BODIES:
        answer = await sending.post(bad.body)
        found = answer.status_code, {name: value for name, value in answer.json().items() if name != "message"}
        if found != (bad.status, shape(bad)):
            wrong[bad.name] = (found, answer.text)
    assert wrong == {}
    assert sending.recorder.published == []
    assert (await sending.post(GAMEPLAY)).status_code == 200


def shape(bad: Bad) -> dict[str, object]:
    """The error without its message."""
    return {"error": bad.code} | ({"index": bad.item, "field": bad.field} if bad.status == 400 else {})
