"""A lift repetition by repetition, and the archive's README."""

import json
from dataclasses import replace

from motion.documents import lift_analysis, readme, session
from motion.request import Language, MeasurementSystem
from motion.texts import recommendations
from tests.kit.motion.documents import INFO, lifted, squatted

TEXTS = {one: recommendations(lifted(), one, MeasurementSystem.METRIC) for one in Language}
IMAGES = {(1, "catch"): "catch.png"}


def test_the_keys_are_those_of_the_contract_in_their_order() -> None:
    document = lift_analysis(lifted(), TEXTS, INFO)
    assert list(document) == ["session_id", "exercise", "repetitions", "metrics", "recommendations", "languages"]
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_every_repetition_has_its_phases_with_pictures_and_metrics() -> None:
    document = lift_analysis(lifted(), TEXTS, INFO, IMAGES)
    (only,) = document["repetitions"]
    assert only["rep"] == 1
    by_name = {phase["name"]: phase for phase in only["phases"]}
    assert list(by_name) == ["first_pull", "transition", "second_pull", "turnover", "catch", "recovery"]
    assert list(by_name["catch"]) == ["name", "start_ms", "end_ms", "image_url", "metrics"]
    assert by_name["catch"]["image_url"] == "catch.png"
    assert set(by_name["catch"]["metrics"]) == {"duration", "drop", "depth"}


def test_the_metrics_are_the_sessions() -> None:
    assert lift_analysis(lifted(), TEXTS, INFO)["metrics"] == session(lifted(), INFO)["metrics"]


def test_recommendations_are_there_in_every_language_that_was_given() -> None:
    document = lift_analysis(lifted(), TEXTS, INFO)
    assert document["languages"] == ["en", "de", "es", "fr", "it", "ro"]
    assert list(document["recommendations"]) == document["languages"]
    assert document["recommendations"]["de"]["depth"] == TEXTS[Language.DE]["depth"].text
    one = lift_analysis(lifted(), {Language.IT: TEXTS[Language.IT]}, INFO)
    assert (one["languages"], list(one["recommendations"])) == (["it"], ["it"])


def test_the_readme_names_every_file_and_every_unit() -> None:
    text = readme(lifted(), INFO, ["export.json", "metrics.csv", "pictures/"])
    for word in ("export.json", "metrics.csv", "pictures/", "max_height: m", "peak_velocity: m/s", "mean_power: W"):
        assert word in text
    assert "analyzed.mp4" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_the_readme_says_that_a_demo_is_simulated_and_only_then() -> None:
    assert "Simulated data" in readme(squatted(), replace(INFO, demo=True), [])
    assert "Simulated" not in readme(squatted(), INFO, [])
