import pytest

from motion.metric import Metric, Reason, missing
from motion.request import Language, MeasurementSystem
from motion.texts import comments, recommendations, summaries
from motion.texts.text import Text
from tests.kit.motion.texts import SQUAT, Session, session, squat

FLEXIONS = ("hip_flexion", "knee_flexion", "ankle_flexion")
THREADS = ["hip_flexion", "hip_abduction", "knee_flexion", "knee_movement", "ankle_dorsiflexion", "final_summary"]


def written(
    found: Session, language: Language = Language.EN, system: MeasurementSystem = MeasurementSystem.METRIC
) -> dict[str, Text]:
    return comments(found, language, system)


def text(found: Session, thread: str) -> str:
    return written(found)[thread].text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("system", MeasurementSystem)
def test_the_six_threads_are_there_in_every_language(language: Language, system: MeasurementSystem) -> None:
    found = written(squat(ankle=18, inward=7, apart=12), language, system)
    assert list(found) == THREADS
    assert all(one.text and one.references and "{" not in one.text for one in found.values())


def test_a_difference_below_five_degrees_is_said_to_be_noise() -> None:
    assert "within the noise" in text(squat(apart=4.9), "knee_flexion")
    assert "within the noise" not in text(squat(apart=5.0), "knee_flexion")


def test_a_difference_of_ten_degrees_asks_for_a_second_film_before_training_one_side() -> None:
    assert "second film on another day" in text(squat(apart=10), "hip_flexion")


def test_the_weaker_side_decides_what_to_practise() -> None:
    assert "Next: knee to the wall" in text(squat(ankle=33, apart=12), "ankle_dorsiflexion")
    assert "Nothing to add" in text(squat(ankle=33, apart=2), "ankle_dorsiflexion")


@pytest.mark.parametrize(
    ("inward", "ratio", "says"),
    [
        (1, 1.0, "in line"),
        (6, 1.0, "slightly inward"),
        (1, 0.8, "slightly inward"),
        (12, 1.0, "clearly inward"),
        (1, 0.7, "clearly inward"),
    ],
)
def test_knees_that_move_inward_are_said_to_by_angle_or_distance(inward: float, ratio: float, says: str) -> None:
    assert says in text(squat(inward=inward, ratio=ratio), "knee_movement")


def test_the_summary_names_the_one_thing_to_work_on_first() -> None:
    assert "most now: Ankle dorsiflexion." in text(squat(ankle=15), "final_summary")
    assert "most now: Knee movement." in text(squat(ankle=15, inward=12), "final_summary")
    assert "Everything that was measured is where it should be" in text(squat(), "final_summary")


def test_the_summary_is_no_diagnosis() -> None:
    assert "no diagnosis" in text(squat(), "final_summary")


def without(found: Session, *names: str, reason: Reason = Reason.WRONG_VIEW) -> Session:
    """The session with no value under these names."""
    return session(
        SQUAT,
        *(
            missing(one.name, one.unit, reason, side=one.side) if one.name in names else one
            for one in found.findings.metrics
        ),
    )


def sided(*names: str) -> list[str]:
    return [f"{side}_{name}" for name in names for side in ("left", "right")]


def test_what_was_not_measured_is_named_with_how_to_film_it() -> None:
    found = without(squat(), *sided(*FLEXIONS))
    knee = text(found, "knee_flexion")
    assert knee.startswith("Knee flexion: no value this time. It cannot be seen from where the camera stood.")
    assert "Film from the side: camera at hip height, about 3 m away" in knee
    assert "Not measured this time: Hip flexion, Knee flexion, Ankle dorsiflexion." in text(found, "final_summary")


def test_a_view_from_the_front_is_asked_for_where_only_it_shows_the_knees() -> None:
    found = without(squat(), *sided("hip_abduction", "knee_inward"), "knee_ratio")
    assert "Film from the front" in text(found, "knee_movement")
    assert "Film from the front" in text(found, "hip_abduction")


def test_one_side_alone_asks_for_the_other() -> None:
    found = without(squat(), "right_knee_flexion", "knee_flexion_asymmetry", reason=Reason.NOT_VISIBLE)
    assert "Only the left side could be measured" in text(found, "knee_flexion")


def test_a_value_from_an_oblique_view_is_in_no_comment() -> None:
    found = squat()
    oblique = session(SQUAT, *found.findings.metrics, notes=["oblique:left_knee_flexion", "oblique:right_knee_flexion"])
    assert "124" not in text(oblique, "knee_flexion")
    assert "cannot be seen from where the camera stood" in text(oblique, "knee_flexion")


def test_the_far_side_is_said_to_be_less_certain() -> None:
    found = session(SQUAT, *squat().findings.metrics, notes=["far_side:right_knee_flexion"])
    assert "The right side was away from the camera" in text(found, "knee_flexion")


def test_no_squat_in_the_film_is_said() -> None:
    found = session(SQUAT, *squat().findings.metrics, repetitions=0)
    assert text(found, "final_summary").startswith("No complete overhead squat")


def test_imperial_changes_lengths_and_leaves_degrees() -> None:
    found = written(squat(knee=80), system=MeasurementSystem.IMPERIAL)["knee_flexion"].text
    assert "0.8 in" in found
    assert "80.0°" in found


def test_decimals_and_plurals_are_those_of_the_language() -> None:
    found = written(squat(), Language.RO)
    assert "124,0°" in found["knee_flexion"].text
    assert found["final_summary"].text.startswith("Au fost măsurate 3 genuflexiuni")


def test_recommendations_and_summaries_are_the_two_halves_of_the_comments() -> None:
    found = squat(ankle=15), Language.DE, MeasurementSystem.METRIC
    halves = summaries(*found), recommendations(*found)
    whole = {name: " ".join(half[name].text for half in halves) for name in THREADS}
    assert whole == {name: one.text for name, one in comments(*found).items()}


def test_metrics_of_single_repetitions_do_not_change_a_text() -> None:
    found = squat()
    single = Metric("left_knee_flexion", 12.0, "degrees", 0.9, side="left", rep=1)
    assert written(session(SQUAT, single, *found.findings.metrics)) == written(found)
