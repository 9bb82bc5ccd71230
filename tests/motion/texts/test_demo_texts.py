"""What the analyses of synthetic people really give has a name and a text in every language."""

from functools import cache

import pytest

from motion.analysis import Analysis, analyse
from motion.metric import Metric
from motion.request import Activity, Exercise, Language, MeasurementSystem, Request
from motion.synthetic import Clock, clean_and_jerk, demo, demo_request, drop_jump, joint_mobility, project
from motion.texts import amount, comments, explained, label


@cache
def of_activity(activity: Activity) -> Analysis:
    return analyse(demo(activity), demo_request(activity))


@cache
def others() -> tuple[Analysis, ...]:
    """What no demo shows: a drop jump and a jerk without a scale, and joints one by one."""
    drop = Request(activity=Activity.JUMPING, exercise=Exercise.DROP_JUMP)
    jerk = Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.CLEAN_AND_JERK)
    joints = Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY)
    return (
        analyse(project(drop_jump(), clock=Clock(60)), drop),
        analyse(project(clean_and_jerk(), clock=Clock(60)), jerk),
        analyse(project(joint_mobility(), clock=Clock(30)), joints),
    )


def analyses() -> list[Analysis]:
    return [*map(of_activity, Activity), *others()]


def everything(analysis: Analysis) -> list[Metric]:
    return [*analysis.findings.metrics, *(metric for phase in analysis.findings.phases for metric in phase.metrics)]


def shown(metric: Metric, language: Language, system: MeasurementSystem) -> str:
    if metric.reason is not None:
        return explained(metric.reason, language)
    return amount(metric.value or 0.0, metric.unit, language, system)


@pytest.mark.parametrize("system", MeasurementSystem)
@pytest.mark.parametrize("language", Language)
def test_every_metric_that_there_is_has_a_name_and_is_written(language: Language, system: MeasurementSystem) -> None:
    for metric in (metric for analysis in analyses() for metric in everything(analysis)):
        assert label(metric.name, language)
        assert shown(metric, language, system)


@pytest.mark.parametrize("language", Language)
def test_every_session_is_commented_on_without_a_hole(language: Language) -> None:
    for analysis in analyses():
        said = comments(analysis, language, MeasurementSystem.METRIC)
        assert list(said)[-1] == "final_summary"
        assert all("{" not in one.text and one.text.endswith(".") for one in said.values())


def test_the_summary_of_the_demo_squat_counts_its_repetitions() -> None:
    analysis = of_activity(Activity.MOBILITY)
    summary = comments(analysis, Language.EN, MeasurementSystem.METRIC)["final_summary"].text
    assert summary.startswith(f"{analysis.findings.repetitions} overhead squats were measured")
