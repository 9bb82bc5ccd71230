import pytest

from motion.metric import Metric, Reason, missing
from motion.squat.indices import mobility_index, mobility_parts, quality_index, quality_parts

GOOD = {"hip_flexion": 120.0, "knee_flexion": 130.0, "ankle_flexion": 30.0, "shoulder_elevation": 165.0}
UNCERTAIN = {"hip_flexion": 6.0, "knee_flexion": 6.0, "ankle_flexion": 1.5, "shoulder_elevation": 8.25}
"""Degrees: each 5 % of the target."""


def test_reaching_every_target_is_a_mobility_of_100() -> None:
    parts = mobility_parts(GOOD)
    assert parts == dict.fromkeys(GOOD, 1.0)
    index = mobility_index(parts, UNCERTAIN, 0.7, Reason.WRONG_VIEW)
    assert (index.value, index.unit, index.confidence) == (100.0, "index", 0.7)
    assert index.uncertainty == pytest.approx(100 * 0.05 / 2)


def test_each_joint_counts_its_share_and_none_below_nothing() -> None:
    parts = mobility_parts({"hip_flexion": 90.0, "knee_flexion": 60.0, "ankle_flexion": -4.0})
    assert parts == {"hip_flexion": 0.75, "knee_flexion": 0.5, "ankle_flexion": 0.0, "shoulder_elevation": None}
    assert mobility_index(parts, UNCERTAIN, 1.0, Reason.WRONG_VIEW).value == pytest.approx(100 * 1.25 / 3)


@pytest.mark.parametrize("name", ["hip_flexion", "knee_flexion", "ankle_flexion"])
def test_mobility_needs_hip_knee_and_ankle(name: str) -> None:
    parts = mobility_parts({**GOOD, name: None})
    assert mobility_index(parts, UNCERTAIN, 1.0, Reason.NO_BASELINE) == missing(
        "mobility_index", "index", Reason.NO_BASELINE
    )


@pytest.mark.parametrize(("asymmetry", "symmetry"), [(0.0, 1.0), (5.0, 1.0), (12.5, 0.5), (20.0, 0.0), (40.0, 0.0)])
def test_symmetry_falls_from_5_to_20_degrees(asymmetry: float, symmetry: float) -> None:
    assert quality_parts([asymmetry], None, None, [])["symmetry"] == pytest.approx(symmetry)


@pytest.mark.parametrize(("ratio", "alignment"), [(0.5, 0.0), (0.6, 0.0), (0.75, 0.5), (0.9, 1.0), (1.2, 1.0)])
def test_alignment_rises_from_a_knee_ratio_of_60_to_90_percent(ratio: float, alignment: float) -> None:
    assert quality_parts([], ratio, None, [])["alignment"] == pytest.approx(alignment)


@pytest.mark.parametrize(("apart", "trunk"), [(10.0, 1.0), (-25.0, 0.5), (25.0, 0.5), (40.0, 0.0)])
def test_the_trunk_part_falls_as_trunk_and_shank_differ_by_10_to_40_degrees(apart: float, trunk: float) -> None:
    assert quality_parts([], None, apart, [])["trunk"] == pytest.approx(trunk)


def test_repeatability_goes_by_the_spread_of_three_repetitions() -> None:
    assert quality_parts([], None, None, [[100.0, 110.0]])["repeatability"] is None
    assert quality_parts([], None, None, [[100.0, 105.0, 110.0]])["repeatability"] == pytest.approx(0.5)
    both = [[100.0, 105.0, 110.0], [80.0, 80.0, 80.0]]
    assert quality_parts([], None, None, both)["repeatability"] == pytest.approx(0.75)


def test_quality_needs_two_parts() -> None:
    one = quality_parts([], 0.75, None, [])
    assert quality_index(one, 1.0, Reason.TOO_FEW) == missing("quality_index", "index", Reason.TOO_FEW)
    two = quality_parts([], 0.75, 0.0, [])
    assert quality_index(two, 0.5, Reason.TOO_FEW) == Metric("quality_index", 75.0, "index", 0.5)
