"""What is drawn on a film: only what was measured, readable on every background, inside every picture."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.video.film import Picture
from jobs.video.overlay import Overlay
from jobs.video.overlay.angles import Angles, written
from jobs.video.overlay.band import Band
from jobs.video.overlay.lettering import Lettering
from jobs.video.overlay.palette import LEFT, RIGHT, TRACE, WORDS, Colour
from jobs.video.overlay.scene import Scene
from jobs.video.overlay.words import word
from motion.analysis import Analysis, analyse
from motion.body.body import Body
from motion.body.landmarks import Point
from motion.body.segment import Facing, View
from motion.body.sides import flipped, mirrored
from motion.lifting.phases import JERKED, PULLED, WITHOUT_KNEES
from motion.request import Activity, Joint, Language
from motion.synthetic import demo
from motion.synthetic.demo import demo_request

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("overlay")

SIZE = 540
FROM_THE_FRONT, FROM_THE_LEFT = 45, 340


@pytest.fixture(scope="module")
def analyses() -> dict[Activity, Analysis]:
    return {activity: analyse(demo(activity), demo_request(activity)) for activity in Activity}


@pytest.fixture(scope="module")
def squats(analyses: dict[Activity, Analysis]) -> Analysis:
    return analyses[Activity.MOBILITY]


def plain(value: int = 128, width: int = SIZE, height: int = SIZE) -> Picture:
    return np.full((height, width, 3), value, np.uint8)


def drawn(analysis: Analysis, index: int, picture: Picture | None = None) -> Picture:
    picture = plain() if picture is None else picture
    Overlay(analysis).draw(picture, index)
    return picture


def pixels(picture: Picture, colour: Colour) -> int:
    return int((np.abs(picture.astype(int) - colour).max(axis=2) < 12).sum())


def without(analysis: Analysis, *points: Point) -> Analysis:
    """The analysis of someone whose points were not measured."""
    filtered = analysis.body.filtered
    places = filtered.points.copy()
    places[:, list(points) or slice(None)] = np.nan
    return replace(analysis, body=replace(analysis.body, filtered=filtered.with_points(places)))


def with_angles(body: Body, value: float) -> Body:
    return replace(body, angles={name: np.full_like(series, value) for name, series in body.angles.items()})


def changed(one: Picture, other: Picture, analysis: Analysis, point: Point, index: int) -> bool:
    x, y = (analysis.drawn.points[index, point] * SIZE / analysis.drawn.width).round().astype(int)
    return bool((one[y - 1 : y + 2, x - 1 : x + 2] != other[y - 1 : y + 2, x - 1 : x + 2]).any())


@pytest.mark.parametrize("activity", Activity)
def test_every_activity_is_drawn_from_its_first_frame_to_its_last(
    analyses: dict[Activity, Analysis], activity: Activity
) -> None:
    overlay = Overlay(analyses[activity])
    for index in (*range(0, analyses[activity].body.raw.times.size, 40), analyses[activity].body.raw.times.size - 1):
        picture = plain()
        overlay.draw(picture, index)
        assert (picture != 128).any()


def test_a_point_that_was_not_measured_has_no_bone(squats: Analysis) -> None:
    blind = without(squats, Point.LEFT_WRIST)
    assert changed(drawn(squats, FROM_THE_FRONT), plain(), squats, Point.LEFT_WRIST, FROM_THE_FRONT)
    assert not changed(drawn(blind, FROM_THE_FRONT), plain(), squats, Point.LEFT_WRIST, FROM_THE_FRONT)
    assert changed(drawn(blind, FROM_THE_FRONT), plain(), squats, Point.RIGHT_WRIST, FROM_THE_FRONT)


def test_where_nobody_was_measured_only_the_plates_at_the_lower_edge_are_drawn(squats: Analysis) -> None:
    picture = drawn(without(squats), FROM_THE_FRONT)
    assert (picture[: SIZE - 40] == 128).all()
    assert (picture[SIZE - 40 :] != 128).any()


def test_an_angle_that_was_not_measured_is_not_written(squats: Analysis) -> None:
    nothing = replace(squats, body=with_angles(squats.body, np.nan))
    asked_for_none = replace(squats, request=squats.request.model_copy(update={"joints": frozenset()}))
    assert (drawn(nothing, FROM_THE_LEFT) == drawn(asked_for_none, FROM_THE_LEFT)).all()
    assert (drawn(nothing, FROM_THE_LEFT) != drawn(squats, FROM_THE_LEFT)).any()


def test_only_the_angles_of_the_joints_asked_for_are_written(squats: Analysis) -> None:
    knees = replace(squats, request=squats.request.model_copy(update={"joints": frozenset({Joint.KNEE})}))
    differs = (drawn(knees, FROM_THE_LEFT) != drawn(squats, FROM_THE_LEFT)).any(axis=(1, 2))
    knee = squats.drawn.points[FROM_THE_LEFT, Point.LEFT_KNEE, 1] * SIZE / squats.drawn.height
    assert differs.any()
    assert not differs[round(knee) - 4 : round(knee) + 5].any()


def test_left_and_right_have_their_colours_and_the_far_side_is_thinner(squats: Analysis) -> None:
    mute = replace(squats, body=with_angles(squats.body, np.nan))
    front, left = drawn(mute, FROM_THE_FRONT), drawn(mute, FROM_THE_LEFT)
    assert 0.6 < pixels(front, LEFT) / pixels(front, RIGHT) < 1.6
    assert pixels(left, LEFT) > 3 * pixels(left, RIGHT)


@pytest.mark.parametrize("background", [0, 255])
def test_words_are_read_on_white_and_on_black(background: int) -> None:
    plate = Lettering(20).plate((("112°", WORDS),))
    picture = plain(background, *plate.size)
    plate.paste(picture, 0, 0)
    inner = picture[4:-4, 4:-4].astype(float).mean(axis=2)
    assert inner.max() > 240
    assert np.median(inner) < 70


@pytest.mark.parametrize("background", [0, 86, 255])
def test_the_skeleton_is_seen_on_any_background(squats: Analysis, background: int) -> None:
    picture = drawn(squats, FROM_THE_FRONT, plain(background))
    assert pixels(picture, LEFT) > 300
    assert pixels(picture, RIGHT) > 300


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (16, 16), (8, 300), (300, 8), (64, 48)])
def test_a_tiny_picture_is_drawn_on(squats: Analysis, width: int, height: int) -> None:
    assert drawn(squats, FROM_THE_FRONT, plain(128, width, height)).shape == (height, width, 3)


@pytest.mark.parametrize("activity", Activity)
def test_the_plates_of_angles_lie_in_the_picture_and_apart(
    analyses: dict[Activity, Analysis], activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene.of(analyses[activity], 240, 240)
    found: list[tuple[int, int, int, int]] = []
    place = Angles._place

    def noted(self: Angles, *given: object) -> tuple[int, int, int, int] | None:
        box = place(self, *given)  # type: ignore[arg-type]
        found.extend([box] if box else [])
        return box

    monkeypatch.setattr(Angles, "_place", noted)
    for index in range(0, scene.times.size, 50):
        found.clear()
        Angles(scene, []).draw(plain(128, 240, 240), index)
        covered = np.zeros((240, 240), int)
        for left, top, right, bottom in found:
            assert min(left, top) >= 0
            assert max(right, bottom) <= 240
            covered[top:bottom, left:right] += 1
        assert covered.max(initial=0) <= 1


def test_someone_close_to_the_edge_and_beyond_it_is_drawn(squats: Analysis) -> None:
    filtered = squats.body.filtered
    for away in (-500.0, 500.0, 1e9):
        aside = replace(squats, body=replace(squats.body, filtered=filtered.with_points(filtered.points + away)))
        drawn(aside, FROM_THE_FRONT)


def test_a_mirrored_film_is_drawn_on_where_the_person_is() -> None:
    request, seen = demo_request(Activity.MOBILITY), demo(Activity.MOBILITY)
    straight = analyse(seen, request)
    turned = analyse(mirrored(seen), request.model_copy(update={"mirrored": True}))
    one, other = drawn(straight, FROM_THE_FRONT), drawn(turned, FROM_THE_FRONT)
    assert np.allclose(turned.drawn.points, flipped(straight.drawn).points, equal_nan=True, atol=1e-6)
    for point in (Point.LEFT_KNEE, Point.RIGHT_WRIST):
        assert changed(one, plain(), straight, point, FROM_THE_FRONT)
        assert changed(other, plain(), turned, point, FROM_THE_FRONT)
    assert pixels(other, LEFT) == pytest.approx(pixels(one, LEFT), rel=0.1)


def test_the_path_of_the_bar_grows_during_a_lift_and_is_not_drawn_by_a_moving_camera(
    analyses: dict[Activity, Analysis],
) -> None:
    lifts = analyses[Activity.WEIGHTLIFTING]
    moved = replace(lifts, body=replace(lifts.body, camera_moved=True))
    before, early, late = (pixels(drawn(lifts, index), TRACE) for index in (10, 60, 115))
    assert before < early < late
    assert pixels(drawn(moved, 115), TRACE) == 0


def test_every_phase_has_a_name_in_every_language(analyses: dict[Activity, Analysis]) -> None:
    found = {phase.name for analysis in analyses.values() for phase in analysis.findings.phases}
    names = found.union(PULLED, JERKED, WITHOUT_KNEES)
    assert all(word(name, language) for name in names for language in Language)


@pytest.mark.parametrize("language", Language)
def test_phase_and_legend_do_not_cover_each_other_in_a_narrow_picture(squats: Analysis, language: Language) -> None:
    spoken = replace(squats, request=squats.request.model_copy(update={"language": language}))
    one, other = Band(Scene.of(spoken, 240, 427)).taken
    assert one[0] >= other[2] or one[3] <= other[1]
    assert min(*one, *other) >= 0
    assert max(one[2], other[2]) <= 240


def test_toes_are_traced_from_the_side_only(analyses: dict[Activity, Analysis]) -> None:
    runner = analyses[Activity.RUNNING]
    segments = tuple(replace(one, view=View.FRONTAL, facing=Facing.FRONT) for one in runner.body.segments)
    frontal = replace(runner, body=replace(runner.body, segments=segments))
    assert pixels(drawn(runner, 200), TRACE) > 50
    assert pixels(drawn(frontal, 200), TRACE) == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("knee_angle", -0.4, "0°"),
        ("ankle_angle", -12.0, "−12°"),
        ("knee_inward", 7.6, "in 8°"),
        ("knee_inward", -7.6, "out 8°"),
        ("knee_inward", 0.2, "0°"),
        ("hip_abduction", 21.0, "abd. 21°"),
        ("trunk_lean", 42.4, "trunk 42°"),
    ],
)
def test_angles_are_written_in_whole_degrees(name: str, value: float, words: str) -> None:
    assert written(name, value, Language.EN) == words
