"""Texts on running, jumps, lifts and single joints."""

import pytest

from motion.metric import Metric, Reason, missing
from motion.request import Language, MeasurementSystem, Request
from motion.texts import comments
from tests.kit.motion.texts import DROP, JOINTS, JUMP, RUN, SNATCH, Session, degrees, session


def text(found: Session, name: str, system: MeasurementSystem = MeasurementSystem.METRIC) -> str:
    return comments(found, Language.EN, system)[name].text


def metric(name: str, value: float, unit: str, uncertainty: float | None = None) -> Metric:
    return Metric(name, value, unit, 0.9, uncertainty)


def test_a_low_cadence_gets_a_target_five_percent_higher() -> None:
    found = session(RUN, metric("cadence", 150, "steps/min"))
    assert "about 158 steps/min" in text(found, "cadence")
    assert "What to try first: Cadence." in text(found, "final_summary")


@pytest.mark.parametrize(("angle", "lands"), [(20, "heel"), (2, "middle"), (-10, "forefoot")])
def test_the_foot_strike_is_named_after_altman_and_davis(angle: float, lands: str) -> None:
    comment = text(session(RUN, degrees("foot_strike_angle", angle)), "foot_strike_angle")
    assert f"You land on the {lands}" in comment
    assert "No way of landing is best for everyone" in comment


def test_a_symmetry_within_the_error_of_its_frames_counts_as_equal() -> None:
    found = session(RUN, metric("step_time_symmetry", 3.0, "%", uncertainty=4.0))
    assert "count as equal" in text(found, "step_time_symmetry")


def test_walking_is_called_walking_and_gets_no_advice_for_runners() -> None:
    found = session(RUN, metric("cadence", 110, "steps/min"), notes=["walking"])
    assert "This looks like walking" in text(found, "final_summary")
    assert "try first" not in text(found, "final_summary")


def test_few_strides_are_called_few() -> None:
    assert "That is few" in text(session(RUN, repetitions=1, notes=["few_strides"]), "final_summary")


def test_a_time_that_needs_more_frames_says_how_to_film_it() -> None:
    found = session(RUN, missing("contact_time", "s", Reason.FRAME_RATE))
    assert "slow motion (120 or 240 frames per second)" in text(found, "contact_time")


def test_a_jump_height_is_written_with_its_error_in_either_system() -> None:
    found = session(JUMP, metric("jump_height", 0.35, "m", uncertainty=0.012), repetitions=1)
    assert "Jump height: 35.0 cm (± 1.2 cm)." in text(found, "jump_height")
    assert "13.8 in (± 0.5 in)" in text(found, "jump_height", MeasurementSystem.IMPERIAL)


def test_a_coarse_jump_height_asks_for_slow_motion() -> None:
    found = session(JUMP, metric("jump_height", 0.35, "m", uncertainty=0.045), repetitions=1)
    assert "its error is about 4.5 cm" in text(found, "jump_height")
    assert "Next: film in slow motion" in text(found, "jump_height")


def test_an_implausible_value_is_doubted_where_it_stands_and_in_the_summary() -> None:
    found = session(JUMP, metric("jump_height", 1.4, "m"), notes=["implausible:jump_height"])
    assert "hardly possible" in text(found, "jump_height")
    assert "hardly possible" in text(found, "final_summary")


def test_nothing_is_concluded_from_a_value_of_little_confidence() -> None:
    found = session(RUN, Metric("knee_at_contact", 4.0, "degrees", 0.15))
    assert "very uncertain" in text(found, "knee_at_contact")
    assert "landing hard" not in text(found, "knee_at_contact")


def test_a_height_from_the_flight_time_says_what_it_assumes() -> None:
    found = session(JUMP, metric("jump_height", 0.3, "m"), notes=["height_method:flight_time"])
    assert "computed from the time in the air" in text(found, "jump_height")


@pytest.mark.parametrize(("seconds", "says"), [(0.2, "fast rebound"), (0.4, "longer than 0.25 s")])
def test_a_contact_is_a_rebound_up_to_a_quarter_of_a_second(seconds: float, says: str) -> None:
    assert says in text(session(DROP, metric("contact_time", seconds, "s")), "contact_time")


def test_power_without_a_mass_asks_for_the_mass_of_the_body_or_the_bar() -> None:
    jump = session(JUMP, missing("peak_power", "W", Reason.NO_MASS))
    lift = session(SNATCH, missing("mean_power", "W", Reason.NO_MASS))
    assert "Give your body weight" in text(jump, "peak_power")
    assert "Give the weight of the loaded bar" in text(lift, "mean_power")
    assert "there are no watts" in text(lift, "final_summary")


@pytest.mark.parametrize(("percent", "says"), [(5, "hardly falls"), (15, "noticeably"), (30, "falls a lot")])
def test_velocity_loss_says_how_tiring_the_set_was(percent: float, says: str) -> None:
    assert says in text(session(SNATCH, metric("velocity_loss", percent, "%")), "velocity_loss")


def test_a_catch_is_deep_with_the_hips_below_the_knees() -> None:
    assert "hips below the knees" in text(session(SNATCH, metric("depth", 0.2, "ratio")), "depth")
    assert "Next: pause" in text(session(SNATCH, metric("depth", -0.2, "ratio")), "depth")
    assert "about level" in text(session(SNATCH, metric("depth", 0.05, "ratio", uncertainty=0.1)), "depth")


def test_a_joint_is_described_side_by_side() -> None:
    ends = {"max": 130.0, "min": 4.0}
    ranges = [degrees(f"{side}knee_{end}", ends[end]) for side in ("", "left_", "right_") for end in ends]
    found = session(JOINTS, *ranges, repetitions=0)
    knee = text(found, "knee")
    assert knee.startswith("Knee angle, left: from 4.0° to 130.0°. Knee angle, right: from 4.0° to 130.0°.")
    assert "Joints measured: Knee angle." in text(found, "final_summary")


def test_a_joint_that_was_not_seen_is_named_with_its_reason() -> None:
    found = session(JOINTS, *(missing(f"elbow_{end}", "degrees", Reason.NOT_VISIBLE) for end in ("max", "min")))
    assert "not clearly in the picture" in text(found, "elbow")
    assert text(found, "final_summary").startswith("No joint could be measured")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("asked", [RUN, JUMP, DROP, SNATCH, JOINTS], ids=lambda one: one.exercise or one.activity)
def test_an_empty_film_has_a_summary_in_every_language(asked: Request, language: Language) -> None:
    found = session(asked, repetitions=0)
    assert list(comments(found, language, MeasurementSystem.METRIC)) == ["final_summary"]
