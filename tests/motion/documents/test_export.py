"""The export and the tables hold what was seen, in the film's own pixels."""

import json

import numpy as np
import pytest

from motion.body.landmarks import Point
from motion.documents import angles_table, export, keypoints_table, metrics_table, session
from tests.kit.motion.documents import INFO, film, lifted, missing_frames, same_length, squatted

NAMES = [f"{side}{point}" for side in "lr" for point in ["ear", "sho", "elb", "wri", "hip", "kne", "ank", "hee", "toe"]]


def test_the_keys_are_those_of_the_contract_in_their_order() -> None:
    keys = ["activity", "angles", "all_timestamps", "keypoints", "metrics", "units", "phases"]
    assert list(export(squatted())) == keys
    assert list(export(squatted(), world=True)) == [*keys, "world_keypoints"]
    assert export(squatted(), demo=True)["demo"] is True


def test_every_point_has_x_y_and_visibility_for_every_timestamp() -> None:
    document = export(squatted())
    expected = {f"{name}{axis}" for name in ["head", *NAMES] for axis in "xyv"}
    assert set(document["keypoints"]) == expected
    assert same_length(document["keypoints"], len(document["all_timestamps"]))


def test_an_export_is_json_without_nan() -> None:
    document = export(squatted(), world=True)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_where_no_person_is_pixels_are_null_and_visibility_is_zero() -> None:
    points = export(squatted())["keypoints"]
    assert missing_frames() > 0
    assert points["lknex"].count(None) == missing_frames()
    assert points["lknev"].count(0.0) == missing_frames()


def test_keypoints_are_unfiltered_pixels() -> None:
    points = export(squatted())["keypoints"]
    assert points["rkney"][-1] == round(float(film().points[-1, Point.RIGHT_KNEE, 1]), 3)


def test_keypoints_of_a_mirrored_film_lie_where_they_are_in_the_film_under_the_persons_own_sides() -> None:
    points = export(squatted(mirrored=True))["keypoints"]
    assert points["lknex"][-1] == pytest.approx(float(film().points[-1, Point.RIGHT_KNEE, 0]), abs=0.001)


def test_world_keypoints_are_metres_about_the_hips() -> None:
    world = export(squatted(), world=True)["world_keypoints"]
    assert set(world) == {f"{name}{axis}" for name in ["head", *NAMES] for axis in "xyz"}
    assert world["lhipy"][-1] + world["rhipy"][-1] == pytest.approx(0, abs=0.002)


def test_the_tables_hold_the_same_columns_as_the_export() -> None:
    document = export(squatted())
    for table, columns in (
        (keypoints_table(squatted()), document["keypoints"]),
        (angles_table(squatted()), document["angles"]),
    ):
        assert table.header == ("t_ms", *columns)
        assert [row[0] for row in table.rows] == document["all_timestamps"]
        assert [list(column) for column in zip(*table.rows, strict=True)][1:] == list(columns.values())


def test_the_metrics_table_has_the_session_first_and_then_each_repetition() -> None:
    header, rows = metrics_table(lifted())
    assert header == ("metric", "side", "rep", "value", "unit", "confidence", "uncertainty", "reason")
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), key=lambda rep: rep or 0)
    by_name = {row[0]: row for row in rows if row[2] is None}
    assert {name: row[3] for name, row in by_name.items()} == session(lifted(), INFO)["metrics"]


def test_a_row_has_a_value_or_a_reason() -> None:
    for row in metrics_table(squatted()).rows:
        assert (row[3] is None) != (row[7] is None), row
    sides = {row[1] for row in metrics_table(squatted()).rows if str(row[0]).startswith("left_")}
    assert sides == {"left"}


def test_no_number_is_a_negative_zero() -> None:
    text = json.dumps(export(squatted(), world=True))
    assert "-0.0," not in text.replace("-0.0]", "-0.0,")


def test_rounding_keeps_a_tenth_of_a_degree_and_a_thousandth_of_the_rest() -> None:
    document = export(squatted())
    knee = np.array(document["angles"]["right_knee_angle"], float)
    known = ~np.isnan(knee)
    assert np.abs(knee[known] - squatted().body.angles["right_knee_angle"][known]).max() <= 0.05 + 1e-9
    pixels = np.array(document["keypoints"]["lknex"], float)
    assert np.nanmax(np.abs(pixels - film().points[:, Point.LEFT_KNEE, 0])) <= 0.0005 + 1e-9
