"""Models of levels, on both databases: versions, the same bytes, and which blobs are known."""

import pytest

from control.models import OUTLINE, Model
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


@pytest.mark.parametrize("outline", [None, "models/one/1.outline.json"])
def test_blobs_that_are_known_are_models_and_their_outlines(
    control: Control, clock: Clock, outline: str | None
) -> None:
    control.models.add(model(clock, 1))
    if outline is not None:
        control.models.outlined("model-1", outline)
    asked = ["models/one/1.glb", "models/one/1.outline.json", "models/one/2.glb"]
    assert control.models.blobs(asked) == {"models/one/1.glb", *filter(None, [outline])}
