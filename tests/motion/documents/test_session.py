"""The session's shape, before, after, and without an analysis."""

import json
from dataclasses import replace

import pytest

from motion.analysis import Analysis
from motion.documents import Status, brief, session, unfinished
from motion.documents.session import ALL
from motion.request import Activity, Joint, Request
from motion.synthetic import Side
from tests.kit.motion.documents import INFO, LIFTS, MORNING, SQUATS, film, lifted, same_length, squatted

KEYS = [
    *("session_id", "segments", "video_url", "analyzed_video_url", "activity", "title", "user_name", "created_at"),
    *("exercise", "angles", "all_timestamps", "status", "progress", "error", "metrics", "units", "phases"),
    *("repetitions", "confidence", "uncertainty", "quality"),
]
RUNNING = Request(activity=Activity.RUNNING)


def test_the_keys_are_those_of_the_contract_in_their_order() -> None:
    assert list(session(squatted(), INFO)) == KEYS
    assert list(session(lifted(), INFO)) == [*KEYS, "barbell_mass", "barbell_mass_assumed"]


@pytest.mark.parametrize("analysis", [squatted(), squatted(Side.FRONT), lifted()], ids=["side", "front", "lift"])
def test_a_session_is_json_without_nan(analysis: Analysis) -> None:
    document = session(analysis, INFO)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_time_is_utc_in_english_with_am_and_pm() -> None:
    assert session(squatted(), INFO)["created_at"] == {"date": "05/02/2025", "time": "06:00 PM"}
    assert session(squatted(), MORNING)["created_at"] == {"date": "31/12/2025", "time": "12:05 AM"}


def test_a_session_is_named_as_its_owner_says_or_after_exercise_and_date() -> None:
    named = unfinished(SQUATS.model_copy(update={"session_name": "Monday"}), INFO, Status.QUEUED)
    assert named["title"] == "Monday"
    assert unfinished(SQUATS, INFO, Status.QUEUED)["title"] == "Overhead Squat 05/02/2025"
    assert unfinished(RUNNING, INFO, Status.QUEUED)["title"] == "Running 05/02/2025"


def test_angles_have_a_number_or_null_for_every_timestamp() -> None:
    document = session(squatted(), INFO)
    assert same_length(document["angles"], len(document["all_timestamps"]))
    assert document["all_timestamps"][:3] == [0.0, 33.333, 66.667]
    assert document["angles"]["knee_angle"][0] is None, "nobody was there"
    bend = [value for value in document["angles"]["knee_angle"] if value is not None]
    assert max(bend) == pytest.approx(118, abs=0.5)
    assert all(round(value, 1) == value for value in bend)


def test_only_the_joints_that_were_asked_for_are_shown() -> None:
    document = session(squatted(joints=frozenset({Joint.KNEE})), INFO)
    assert list(document["angles"]) == [
        *("knee_angle", "left_knee_angle", "right_knee_angle"),
        *("left_knee_inward", "right_knee_inward", "knee_ratio"),
    ]


def test_metrics_have_units_confidence_and_uncertainty_under_their_names() -> None:
    document = session(lifted(), INFO)
    assert document["units"].keys() == document["metrics"].keys() == document["confidence"].keys()
    assert document["uncertainty"].keys() <= document["metrics"].keys()
    assert document["units"]["max_height"] == "m"
    assert document["metrics"]["max_height"] == pytest.approx(1.235, abs=0.05)


def test_what_is_null_has_its_reason_and_nothing_else_has_one() -> None:
    document = session(squatted(), INFO)
    null = {name for name, value in document["metrics"].items() if value is None}
    assert null
    assert set(document["quality"]["reasons"]) == null
    assert document["quality"]["reasons"]["left_knee_inward"] == "wrong_view"


def test_the_quality_says_how_the_person_was_seen() -> None:
    quality = session(squatted(), INFO)["quality"]
    assert quality["view"] == "sagittal"
    assert list(quality["segments"][0]) == ["start_ms", "end_ms", "view", "facing"]
    assert quality["segments"][0]["facing"] == "right"
    assert set(quality["parts"]) == {"mobility_index", "quality_index"}


def test_phases_carry_the_url_of_their_picture_if_they_have_one() -> None:
    phases = session(squatted(), INFO, {(1, "bottom"): "https://example.org/bottom.png"})["phases"]
    assert [phase["name"] for phase in phases] == ["start", "descent", "bottom", "ascent"]
    assert list(phases[0]) == ["name", "rep", "start_ms", "end_ms", "image_url"]
    assert [phase["image_url"] for phase in phases] == [None, None, "https://example.org/bottom.png", None]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.PROCESSING, Status.FAILED, Status.SUPPRESSED])
def test_before_it_is_done_a_session_has_every_key_and_nothing_in_it(status: Status) -> None:
    document = unfinished(SQUATS, INFO, status, progress=40, error="no_person")
    assert list(document) == KEYS
    assert (document["status"], document["progress"], document["error"]) == (status.value, 40, "no_person")
    assert (document["segments"], document["angles"], document["all_timestamps"]) == (0, {}, [])


def test_a_done_session_is_done() -> None:
    document = session(squatted(), INFO)
    assert (document["status"], document["progress"], document["error"]) == ("done", ALL, None)
    assert document["segments"] == len(squatted().body.segments)


def test_a_mass_that_was_not_given_is_assumed_and_flagged() -> None:
    given = unfinished(LIFTS, INFO, Status.QUEUED)
    assert (given["barbell_mass"], given["barbell_mass_assumed"]) == (60.0, False)
    assumed = unfinished(LIFTS.model_copy(update={"barbell_mass": None}), INFO, Status.QUEUED)
    assert (assumed["barbell_mass"], assumed["barbell_mass_assumed"]) == (100.0, True)


def test_the_demo_session_says_so() -> None:
    assert session(squatted(), replace(INFO, demo=True))["demo"] is True


def test_the_contracts_spelling_of_the_activity() -> None:
    assert session(squatted(), INFO)["activity"] == "Mobility Assessment"
    assert film().times.size == len(session(squatted(), INFO)["all_timestamps"])


def test_a_brief_session_has_what_is_known_without_its_analysis() -> None:
    whole = session(lifted(), INFO)
    told = brief(LIFTS, INFO, Status.DONE, progress=ALL)
    assert told == {name: value for name, value in whole.items() if name in told}
    assert list(told) == [
        *("session_id", "video_url", "analyzed_video_url", "activity", "title", "user_name", "created_at"),
        *("exercise", "status", "progress", "error", "barbell_mass", "barbell_mass_assumed"),
    ]
