"""The reports of the overhead squat and of joint mobility."""

import json
from dataclasses import replace
from datetime import datetime

from motion.documents import Shown, asked_angles, joint_mobility, report, summary
from motion.documents.report import Views
from motion.request import Language, MeasurementSystem
from motion.synthetic import Side
from motion.texts import comments
from tests.kit.motion.documents import INFO, moved, same_length, squatted

VIEWS: Views = {"left": "left.png", "right": "right.png", "front": "front.png"}
GROUPS = ["hip_flexion", "hip_abduction", "knee_flexion", "knee_movement", "ankle_dorsiflexion"]
SAID = comments(squatted(), Language.EN, MeasurementSystem.METRIC)


def test_the_keys_are_those_of_the_contract_in_their_order() -> None:
    assert list(report(squatted(), INFO, SAID, VIEWS)) == [
        *("grouped_data", "graph_timestamps", "knee_movement_phases", "user_info", "exercise"),
        *("report_comments", "output_quality", "date"),
    ]
    assert list(summary(squatted(), INFO, SAID, VIEWS)) == [
        *("grouped_data", "knee_movement_phases", "user_info", "exercise", "summary", "output_quality", "date"),
    ]


def test_there_are_always_five_groups_with_metrics_and_curves() -> None:
    for side in (Side.RIGHT, Side.FRONT):
        document = report(squatted(side), INFO, SAID, VIEWS)
        assert list(document["grouped_data"]) == GROUPS
        for group in document["grouped_data"].values():
            assert list(group) == ["metrics", "graph_data"]
            assert same_length(group["graph_data"], len(document["graph_timestamps"]))


def test_metrics_and_curves_have_the_contracts_names() -> None:
    data = report(squatted(), INFO, SAID, VIEWS)["grouped_data"]
    assert list(data["hip_flexion"]["metrics"]) == ["left_hip_flexion", "right_hip_flexion", "hip_flexion_asymmetry"]
    assert list(data["hip_flexion"]["graph_data"]) == ["lhip_flexion", "rhip_flexion"]
    assert list(data["ankle_dorsiflexion"]["metrics"]) == [
        *("left_ankle_flexion", "right_ankle_flexion", "ankle_flexion_asymmetry"),
    ]
    assert list(data["ankle_dorsiflexion"]["graph_data"]) == ["lank_flexion", "rank_flexion"]
    assert list(data["knee_movement"]["graph_data"]) == ["lkne_inward", "rkne_inward", "knee_ratio"]
    assert "knee_ratio" in data["knee_movement"]["metrics"]


def test_a_summary_has_the_same_numbers_flat() -> None:
    whole, flat = (make(squatted(), INFO, SAID, VIEWS)["grouped_data"] for make in (report, summary))
    assert flat == {group: of["metrics"] for group, of in whole.items()}


def test_comments_are_the_six_threads() -> None:
    document = report(squatted(), INFO, SAID, VIEWS)
    assert list(document["report_comments"]) == [*GROUPS, "final_summary"]
    assert summary(squatted(), INFO, SAID, VIEWS)["summary"] == document["report_comments"]


def test_the_indices_stand_beside_their_parts_and_are_numbers() -> None:
    quality = report(squatted(), INFO, SAID, VIEWS)["output_quality"]
    assert list(quality)[:2] == ["mobility_index", "quality_index"]
    assert {"hip_flexion", "shoulder_elevation", "symmetry", "repeatability"} <= set(quality)
    assert all(value is None or 0 <= value <= 100 for value in quality.values())


def test_every_view_has_its_picture_and_the_date_is_the_sessions() -> None:
    document = report(squatted(), INFO, SAID, VIEWS)
    assert document["knee_movement_phases"] == VIEWS
    assert (document["date"], document["exercise"]) == ("05/02/2025", "Overhead Squat")
    assert document["user_info"] == INFO.user_info


def test_a_report_is_json_without_nan_and_the_demos_says_so() -> None:
    document = report(squatted(), replace(INFO, demo=True), SAID, VIEWS)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["demo"] is True


def test_joint_mobility_gives_range_and_course_of_every_joint() -> None:
    document = joint_mobility(moved(), INFO)
    assert list(document) == [
        *("title", "angles", "exercise", "user_info", "date", "uploaded_date", "shown_angles", "comments"),
    ]
    assert document["exercise"] == "Joint Angle Mobility"
    assert document["shown_angles"] == list(document["angles"])
    knee = document["angles"]["knee_angle"]
    assert knee["min"] < knee["max"] <= max(value for value in knee["values"] if value is not None)
    assert datetime.fromisoformat(document["uploaded_date"]) == INFO.created_at
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_joint_mobility_is_shown_as_it_was_chosen() -> None:
    chosen = Shown(["knee_angle"], {"knee_angle": "Check alignment."})
    whole, shown = joint_mobility(moved(), INFO), joint_mobility(moved(), INFO, chosen)
    assert whole["shown_angles"] == asked_angles(moved().request) == list(whole["angles"])
    assert shown == {**whole, "shown_angles": ["knee_angle"], "comments": {"knee_angle": "Check alignment."}}
