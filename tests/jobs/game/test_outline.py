"""Outlines from above: what is covered, holes in it, in a process apart; a model without triangles has none."""

from datetime import UTC, datetime, timedelta
from threading import Event

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from control.models import OUTLINE, Model
from jobs.blobs import sweep
from jobs.game.outline import SIDE, outline_of
from jobs.kinds import kinds
from jobs.lake import Lake
from schemas.game.models import BadModel
from schemas.game.models.outlines import MOST_POINTS, Outline
from tests.jobs.conftest import Clock, MakePlace
from tests.kit.models import glb, obj

Triangles = NDArray[np.float64]


def box(left: float, top: float, right: float, bottom: float) -> Triangles:
    """(2, 3, 3): a rectangle from above, somewhere up in the air."""
    a, b, c, d = (left, 7, top), (right, 8, top), (right, 9, bottom), (left, 7, bottom)
    return np.array([[a, b, c], [a, c, d]], np.float64)


def areas(outline: Outline) -> list[float]:
    """Of each ring, by the surveyor's formula."""
    rings = [np.array(ring) for ring in outline.rings]
    turned = [(ring[:, 0] * np.roll(ring[:, 1], -1) - ring[:, 1] * np.roll(ring[:, 0], -1)).sum() / 2 for ring in rings]
    return sorted(map(abs, turned))


def test_a_rectangle_is_its_own_outline() -> None:
    outline = outline_of([box(-10, 100, 30, 120)])
    assert areas(outline) == [pytest.approx(800, rel=0.01)]
    corners = np.array(outline.rings[0])
    assert corners.min(axis=0) == pytest.approx([-10, 100], abs=2 * outline.step)
    assert corners.max(axis=0) == pytest.approx([30, 120], abs=2 * outline.step)
    assert outline.step == pytest.approx(40 / SIDE)


def test_a_court_inside_is_a_ring_of_its_own_and_a_house_beside_as_well() -> None:
    walls = [box(0, 0, 100, 20), box(0, 80, 100, 100), box(0, 20, 20, 80), box(80, 20, 100, 80), box(150, 0, 170, 100)]
    assert areas(outline_of(walls)) == [pytest.approx(area, rel=0.03) for area in (2000, 3600, 10000)]


def test_what_lies_above_each_other_is_covered_once() -> None:
    assert areas(outline_of([box(0, 0, 10, 10)] * 2 + [box(5, 0, 10, 10)])) == [pytest.approx(100, rel=0.01)]


def test_a_jagged_one_has_a_bounded_number_of_points() -> None:
    teeth = [box(3.0 * x, 3.0 * z, 3.0 * x + 1, 3.0 * z + 1) for x in range(60) for z in range(60)]
    outline = outline_of([*teeth, box(0, 0, 50, 50)])
    assert MOST_POINTS / 2 < sum(map(len, outline.rings)) <= MOST_POINTS
    assert areas(outline)[-1] == pytest.approx(2500, rel=0.05)


def test_nothing_and_a_single_point_have_no_outline() -> None:
    assert outline_of([]).rings == []
    assert outline_of([np.zeros((4, 3, 3))]).rings == []


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(BadModel):
        outline_of([np.full((1, 3, 3), np.inf)])


def kept(lake: Lake, clock: Clock, content: bytes, format_: str) -> Model:
    blob = f"models/app/{format_}-{len(content)}.{format_}"
    lake.blobs.put(blob, content)
    model = Model(
        id=f"a-{format_}",
        tenant="acme",
        app_id="app",
        level_name="cave",
        version=1,
        size=len(content),
        sha256=format_ * 8,
        format=format_,
        bounds=None,
        blob=blob,
        created_at=clock(),
    )
    return lake.control.models.add(model)


def test_a_worker_draws_what_came_and_gives_up_what_is_none(lake: Lake, clock: Clock, place: MakePlace) -> None:
    works = {kind.name: kind.work for kind in kinds() if kind.name == OUTLINE}
    whole, broken = kept(lake, clock, glb(), "glb"), kept(lake, clock, obj(faces=[(1, 2, 99)]), "obj")
    worker = place(works)
    while worker.work_once():
        pass
    found = lake.control.models.get(whole.id)
    assert found is not None
    assert found.outline is not None
    outline = msgspec.json.decode(lake.blobs.read(found.outline), type=Outline)
    assert areas(outline) == [pytest.approx(8, rel=0.02)]
    refused = lake.control.models.get(broken.id)
    assert refused is not None
    assert refused.outline is None
    (failed,) = lake.control.jobs.list(OUTLINE, "failed")
    assert failed.reason == "a face of it names a point that it does not have"
    # models and outlines that control knows stay, whatever their age; others go
    lake.blobs.put("models/app/nobody.glb", b"x")
    sweep(lake, datetime.now(UTC) + timedelta(days=9), Event())
    assert set(lake.blobs.names("models")) == {whole.blob, broken.blob, found.outline}
