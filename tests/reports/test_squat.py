import base64
import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from jobs.video import folder as names
from jobs.video.album import write_png
from jobs.video.results import Finished, write_report
from motion import documents
from motion.analysis import Analysis, analyse
from motion.documents import SessionInfo
from motion.documents.pictures import view_names
from motion.documents.report import METRICS
from motion.metric import Reason
from motion.request import Activity, Language, MeasurementSystem
from motion.squat.indices import quality_parts
from motion.synthetic import Clock, Side, Squat, demo, demo_request, in_turn, project, squat
from motion.synthetic.demo import CAMERA, PERSON
from motion.texts import amount, comments, explained
from reports.fonts import font as font_file
from reports.labels import labels
from reports.squat.content import Content, content
from reports.squat.index import QUALITY_LIMITS
from reports.svg import LEGEND, LETTERS
from tests.kit.report_pages import Words, words_of

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("squat reports")

SCRIPT = "<script>alert('squat')</script> & Söhne"


@cache
def analysed(*sides: Side) -> Analysis:
    """The demo squats, or squats seen from those sides only."""
    if not sides:
        return analyse(demo(Activity.MOBILITY), demo_request(Activity.MOBILITY))
    film = project(in_turn(squat(PERSON, Squat()), [side.value for side in sides]), CAMERA, Clock(30.0))
    return analyse(film, demo_request(Activity.MOBILITY))


def asked(analysis: Analysis, **fields: object) -> Analysis:
    return replace(analysis, request=analysis.request.model_copy(update=fields))


def info(demo: bool = False) -> SessionInfo:
    return SessionInfo("s1", datetime(2026, 11, 21, 9, 5, tzinfo=UTC), "squats.mp4", user_name="Ana", demo=demo)


def written(folder: Path, analysis: Analysis, of: SessionInfo) -> tuple[Words, bytes]:
    """The page's words and the PDF."""
    (folder / names.PICTURES).mkdir()
    for shade, name in enumerate(view_names(analysis).values()):
        write_png(folder / names.PICTURES / name, np.full((400, 300, 3), 60 * shade, np.uint8))
    write_report(folder, Finished(analysis, of, {}))
    return words_of((folder / names.PAGE).read_text(encoding="utf-8")), (folder / names.PDF).read_bytes()


def streams(pdf: bytes) -> list[bytes]:
    """What is drawn on pages, pictures, fonts, and which letters fonts have."""
    packed = re.findall(rb"/Filter \[ (/ASCII85Decode )?/FlateDecode \].*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return [zlib.decompress(base64.a85decode(b"<~" + one.strip(), adobe=True) if a85 else one) for a85, one in packed]


def drawn(pdf: bytes) -> str:
    """The ASCII text on the pages; the subset of the font that has it keeps its codes."""
    pieces = (piece for one in streams(pdf) for piece in re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", one))
    return " ".join(b" ".join(pieces).decode("latin-1").replace("\\(", "(").replace("\\)", ")").split())


Demos = dict[Language, tuple[Words, bytes]]


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """The demo session's reports, one of each language."""
    return {
        language: written(tmp_path_factory.mktemp(language), asked(analysed(), language=language), info(demo=True))
        for language in Language
    }


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Words, bytes]:
    """The report on a film that shows the front only, of a session and a person whose names are markup."""
    analysis = asked(analysed(Side.FRONT), session_name=SCRIPT)
    return written(tmp_path_factory.mktemp("front"), analysis, replace(info(), user_name="<b>Ana</b>"))


@pytest.fixture(scope="module")
def front(scripted: tuple[Words, bytes]) -> Words:
    """The page of a film that shows the front only."""
    return scripted[0]


@pytest.mark.parametrize("language", Language)
def test_a_report_says_everything_in_every_language(language: Language, demos: Demos) -> None:
    analysis, (page, pdf) = asked(analysed(), language=language), demos[language]
    words = labels(language)
    for section in words.words["section"].values():
        assert section in page.text
    for comment in comments(analysis, language, MeasurementSystem.METRIC).values():
        for sentence in re.split(r"(?<=\.) ", comment.text):
            assert sentence in page.text
        for reference in comment.references:
            assert reference in page.text
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", pdf)) >= 4


@pytest.mark.parametrize("language", [Language.EN, Language.RO])
def test_every_number_is_that_of_the_report_document(language: Language) -> None:
    analysis = asked(analysed(), language=language)
    report = documents.report(analysis, info(), {}, {"left": "", "right": "", "front": ""})
    units = {metric.name: metric.unit for metric in analysis.findings.metrics}
    said = content(analysis, info())
    for group in said.groups:
        expected = report["grouped_data"][group.key]["metrics"]
        assert [row.value for row in group.rows] == [
            amount(value, units[name], language, MeasurementSystem.METRIC) for name, value in expected.items()
        ]
    for index, name in zip(said.indices, ("mobility_index", "quality_index"), strict=True):
        value = report["output_quality"][name]
        assert index.value == amount(value, "index", language, MeasurementSystem.METRIC)
        assert [part.filled for part in index.parts] == [
            report["output_quality"][part] for part in analysis.findings.parts[name]
        ]


def test_curves_are_those_of_the_report_document() -> None:
    report = documents.report(analysed(), info(), {}, {"left": "", "right": "", "front": ""})
    for group in content(analysed(), info()).groups:
        assert group.plot
        curves = [curve.values for panel in group.plot.panels for curve in panel.curves]
        expected = report["grouped_data"][group.key]["graph_data"].values()
        for drawn, series in zip(curves, expected, strict=True):
            assert np.array_equal(drawn, np.array(series, float), equal_nan=True)


def test_the_page_shows_the_tables_that_the_content_has(demos: Demos) -> None:
    page, _ = demos[Language.EN]
    for group in content(analysed(), info(demo=True)).groups:
        for row in group.rows:
            assert (
                " ".join(filter(None, (row.name, row.value, row.target, row.uncertainty, row.confidence))) in page.text
            )


@pytest.mark.parametrize("language", Language)
def test_the_words_of_plots_have_room_beside_them(language: Language) -> None:
    font = ImageFont.truetype(font_file("DejaVuSans"), LETTERS)
    for group in content(asked(analysed(), language=language), info()).groups:
        assert group.plot
        for panel in group.plot.panels:
            words = [*(curve.label for curve in panel.curves), panel.target_label, group.plot.repetition_label]
            assert max(map(font.getlength, words)) <= LEGEND


@pytest.mark.parametrize("language", Language)
def test_what_was_not_measured_says_why_and_how_to_film_it(language: Language) -> None:
    said = content(asked(analysed(Side.FRONT), language=language), info())
    names_of = {group.key: [row for row in group.rows if row.why] for group in said.groups}
    assert len(names_of["knee_flexion"]) == len(METRICS["knee_flexion"])
    assert {row.why for row in names_of["knee_flexion"][:2]} == {explained(Reason.WRONG_VIEW, language)}
    assert not names_of["knee_movement"]
    assert all(gap.names and gap.why and gap.how for gap in said.gaps)


def test_the_page_shows_what_was_not_measured(front: Words) -> None:
    said = content(analysed(Side.FRONT), info())
    unmeasured = {metric for group in METRICS.values() for metric in group} & analysed(Side.FRONT).reasons.keys()
    assert front.read.count("not measured") >= len(unmeasured) > 0
    for gap in said.gaps:
        assert f"{', '.join(gap.names)} {gap.why} {gap.how}" in front.text


def test_a_gap_names_both_sides_once() -> None:
    gap = content(analysed(Side.FRONT), info()).gaps[0]
    assert gap.names[:2] == ("Hip flexion", "Knee flexion")


def test_views_that_were_not_filmed_have_a_picture_that_says_so(front: Words) -> None:
    captions = [attributes["alt"] for tag, attributes in front.elements if tag == "img"]
    assert captions == ["Left side: not filmed", "Right side: not filmed", "Front"]


def test_a_filmed_view_without_its_picture_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path, Finished(analysed(), info(), {}))
    assert not list(tmp_path.iterdir())


def test_names_are_text_and_nothing_else(scripted: tuple[Words, bytes]) -> None:
    page, pdf = scripted
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "b"}
    assert SCRIPT in page.text
    assert "<b>Ana</b>" in page.text
    assert pdf.startswith(b"%PDF")


def test_a_page_needs_nothing_but_itself(front: Words) -> None:
    for tag, attributes in front.elements:
        assert tag not in {"script", "link", "iframe", "object", "base"}
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/jpeg;base64,"))


def test_references_of_a_page_lead_somewhere(front: Words) -> None:
    ids = [attributes["id"] for _, attributes in front.elements if attributes.get("id")]
    links = {(attributes.get("href") or "#")[1:] for tag, attributes in front.elements if tag == "a"}
    assert len(ids) == len(set(ids))
    assert links <= set(ids)


@pytest.mark.parametrize("language", Language)
def test_the_demo_says_that_nobody_was_filmed(language: Language, demos: Demos) -> None:
    page, pdf = demos[language]
    assert page.text.index(labels(language)("report.synthetic")) < 120
    assert labels(language)("report.synthetic_note") in page.text
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    banners = [one for one in streams(pdf) if b"1 .909804 .639216 rg" in one]
    assert len(banners) == pages


def test_a_film_of_a_person_is_not_called_synthetic(front: Words) -> None:
    assert labels(Language.EN)("report.synthetic") not in front.text


def test_the_document_has_its_own_font_with_the_letters_of_romanian(demos: Demos) -> None:
    _, pdf = demos[Language.RO]
    assert b"DejaVuSans" in pdf
    assert b"/FontFile2" in pdf
    mapped = b"".join(one for one in streams(pdf) if b"beginbfchar" in one or b"beginbfrange" in one).lower()
    for letter in "șțăâî−":
        assert f"<{ord(letter):04x}>".encode() in mapped


def test_the_document_says_what_the_page_says(demos: Demos) -> None:
    text = drawn(demos[Language.EN][1])
    said = content(analysed(), info(demo=True))
    for group in said.groups:
        assert group.name in text
        for sentence in re.split(r"(?<=\.) ", f"{group.said.seen} {group.said.next}"):
            assert not sentence.isascii() or sentence in text
    for index in said.indices:
        assert index.value in text
    assert sum(reference in text for reference in said.references if reference.isascii()) > 0


def test_a_group_that_was_not_seen_has_no_plot() -> None:
    plots = {group.key: group.plot for group in content(analysed(Side.FRONT), info()).groups}
    assert plots["knee_flexion"] is None
    assert plots["knee_movement"] is not None


def test_imperial_changes_lengths_and_weights_and_no_angle() -> None:
    metric, imperial = (content(asked(analysed(), measurement_system=system), info()) for system in MeasurementSystem)
    assert rows(metric) == rows(imperial)
    assert ("Height", "175.0 cm") in metric.facts
    assert ("Height", "68.9 in") in imperial.facts
    assert ("Weight", "154.3 lb") in imperial.facts


def rows(said: Content) -> list[str]:
    return [row.value for group in said.groups for row in group.rows]


def test_facts_say_how_it_was_filmed() -> None:
    facts = dict(content(analysed(), info()).facts)
    assert facts["Person"] == "Ana"
    assert facts["Date"] == "2026-11-21 09:05 UTC"
    assert re.fullmatch(r"Front \(0.0 s to \S+ s\), Left side \(.*\), Right side \(.*\)", facts["Views"])
    assert facts["Frame rate and size"].startswith("30 frames/s, 1080 × 1080 pixels")
    assert facts["Repetitions"] == "9"


def test_notes_on_a_value_stand_below_its_table() -> None:
    findings = replace(analysed().findings, notes=("heel_risen:left_ankle_flexion", "far_side:right_knee_flexion"))
    notes = {group.key: group.notes for group in content(replace(analysed(), findings=findings), info()).groups}
    assert "the heel came up" in notes["ankle_dorsiflexion"][0]
    assert notes["knee_flexion"][0].startswith("Knee flexion, right: this side was away")
    assert notes["hip_flexion"] == ()


def test_limits_of_the_quality_index_are_written_as_they_are_counted() -> None:
    at = {(part, end): quantity.value for part, ends in QUALITY_LIMITS.items() for end, quantity in ends.items()}
    full = quality_parts([at["symmetry", "full"]], at["alignment", "full"], at["trunk", "full"], [[1.0, 1.0, 1.0]])
    spread = at["repeatability", "none"]
    none = quality_parts(
        [at["symmetry", "none"]], at["alignment", "none"], at["trunk", "none"], [[-spread, 0.0, spread]]
    )
    assert list(full.values()) == [1.0] * 4
    assert list(none.values()) == [0.0] * 4
