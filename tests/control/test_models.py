"""Models of levels, on both databases: versions, the same bytes, and which blobs are known."""

import pytest

from control.faults import ModelsFull
from control.models import OUTLINE, Model, Room
from control.store import Control
from tests.control.conftest import Clock


def model(clock: Clock, number: int, level: str = "cave", app_id: str = "one", content: str = "") -> Model:
    return Model(
        id=f"model-{number}",
        tenant="acme",
        app_id=app_id,
        level_name=level,
        version=1,
        size=10,
        sha256=content or f"{number:064x}",
        format="glb",
        bounds={"min": [0.0, 0.5, 1.0], "max": [1.0, 2.0, 3.0]} if number % 2 else None,
        blob=f"models/one/{number}.glb",
        created_at=clock(),
    )


def test_versions_count_by_application_and_level(control: Control, clock: Clock) -> None:
    added = [
        control.models.add(each)
        for each in (
            model(clock, 1),
            model(clock, 2),
            model(clock, 3, "tower"),
            model(clock, 4, app_id="two"),
            model(clock, 5),
        )
    ]
    assert [each.version for each in added] == [1, 2, 1, 1, 3]
    assert control.models.page("one", None, 10) == [added[4], added[1], added[0], added[2]]
    assert control.models.page("one", "cave", 1, 1) == [added[1]]
    assert control.models.get("model-1") == added[0]
    assert control.models.get("model-9") is None
    assert [job.key for job in control.jobs.list(OUTLINE)] == [f"model-{number}" for number in (5, 4, 3, 2, 1)]


def test_the_same_bytes_are_the_model_that_the_level_has(control: Control, clock: Clock) -> None:
    first = control.models.add(model(clock, 1, content="a" * 64))
    assert control.models.add(model(clock, 2, content="a" * 64)) == first
    assert control.models.add(model(clock, 3, "tower", content="a" * 64)).id == "model-3"


@pytest.mark.parametrize(("room", "says"), [
    (Room(3, 1000), "has 3 models, and may have 3"), (Room(100, 39), "have 30 bytes, and may have 39 with"),
])  # fmt: skip
def test_an_application_has_as_many_models_and_bytes_as_it_may(
    control: Control, clock: Clock, room: Room, says: str
) -> None:
    for number, level in enumerate(["cave", "cave", "tower"]):
        control.models.add(model(clock, number, level), room)
    with pytest.raises(ModelsFull, match=says):
        control.models.add(model(clock, 3), room)
    assert control.models.add(model(clock, 4, content=f"{1:064x}"), room).id == "model-1", "which is there already"
    assert control.models.add(model(clock, 5, app_id="two"), room).version == 1
    assert control.models.add(model(clock, 6), Room(4, 40)).version == 3


def test_older_versions_are_forgotten_by_level_and_application(control: Control, clock: Clock) -> None:
    for number, level in enumerate(["cave", "cave", "tower", "cave"]):
        control.models.add(model(clock, number, level))
    control.models.add(model(clock, 4, app_id="two"))
    assert control.models.remove_older("one", 3) == []
    gone = control.models.remove_older("one", 1)
    assert {each.id for each in gone} == {"model-0", "model-1"}
    assert [each.version for each in control.models.page("one", None, 10)] == [3, 1]
    assert control.models.blobs([each.blob for each in gone]) == set()
    assert len(control.models.page("two", None, 10)) == 1
    assert control.models.add(model(clock, 5)).version == 4


@pytest.mark.parametrize("outline", [None, "models/one/1.outline.json"])
def test_blobs_that_are_known_are_models_and_their_outlines(
    control: Control, clock: Clock, outline: str | None
) -> None:
    control.models.add(model(clock, 1))
    if outline is not None:
        control.models.outlined("model-1", outline)
    asked = ["models/one/1.glb", "models/one/1.outline.json", "models/one/2.glb"]
    assert control.models.blobs(asked) == {"models/one/1.glb", *filter(None, [outline])}
