"""The report as a PDF of A4 pages, with DejaVu Sans inside: it has every letter of the six languages."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
)

from reports.paper import png
from reports.plots import Plot
from reports.squat.content import Content, Group, Row, Said
from reports.squat.index import Index, Part
from reports.squat.look import (
    BOLD,
    QUIET,
    STYLES,
    TEXT,
    WARNING,
    WARNING_INK,
    Bar,
    advice,
    plain,
    register_fonts,
    table,
)
from reports.squat.shots import Shot

_MARGIN: Final = 16 * mm
_BANNER: Final = 9 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_ROOM: Final = 55 * mm
"""What has to be left on a page for a section to start there."""

_METRICS: Final = (0.26, 0.17, 0.23, 0.13, 0.21)
_PARTS: Final = (0.7, 0.3)
_GAPS: Final = (0.26, 0.27, 0.47)
_FACTS: Final = (0.24, 0.76)
"""Widths of columns as shares."""


def document(content: Content, shots: Sequence[Shot]) -> bytes:
    """The PDF."""
    register_fonts()
    written = BytesIO()
    frame = Frame(_MARGIN, _MARGIN, _WIDTH, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
    pages = BaseDocTemplate(
        written,
        pagesize=A4,
        title=content.title,
        subject=content.labels("report.title"),
        lang=str(content.labels.language),
        invariant=1,
        pageTemplates=[PageTemplate(frames=[frame], onPage=lambda canvas, _: _around(canvas, content))],
    )
    pages.build(list(story(content, shots)))
    return written.getvalue()


def story(content: Content, shots: Sequence[Shot]) -> Iterator[Flowable]:
    """Everything in its order; how it falls on pages is found later."""
    words = content.labels
    yield _text(words("report.title"), "kind")
    yield _text(content.title, "title")
    yield from _section(content, "summary", _said(content.summary, content))
    indices = [_index(index, content) for index in content.indices]
    yield from _section(content, "indices", [_beside(indices), _text(words("index.limits"), "quiet")])
    yield from _section(content, "pictures", [_pictures(shots)])
    groups = [part for group in content.groups for part in _group(group, content)]
    yield from _section(content, "groups", groups)
    yield from _section(content, "gaps", [_gaps(content)])
    yield from _section(content, "trust", [_text(paragraph) for paragraph in content.trust])
    facts = [[_text(name, "quiet"), _text(value, "cell")] for name, value in content.facts]
    yield from _section(content, "facts", [plain(facts, _columns(_FACTS))])
    yield from _section(content, "references", list(_references(content)))


def _around(canvas: Canvas, content: Content) -> None:
    """The foot of each page, and on each that the person is synthetic, if so."""
    words = content.labels
    canvas.setFont(TEXT, 7.5)
    canvas.setFillColor(QUIET)
    canvas.drawString(_MARGIN, 10 * mm, words("report.title"))
    canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, words("report.page", n=str(canvas.getPageNumber())))
    if content.demo:
        canvas.setFillColor(WARNING)
        canvas.rect(0, A4[1] - _BANNER, A4[0], _BANNER, stroke=0, fill=1)
        canvas.setFillColor(WARNING_INK)
        canvas.setFont(BOLD, 8)
        banner = f"{words('report.synthetic')}: {words('report.synthetic_note')}"
        canvas.drawCentredString(A4[0] / 2, A4[1] - _BANNER + 3 * mm, banner)


def _text(text: str, style: str = "text") -> Paragraph:
    return Paragraph(escape(text), STYLES[style])


def _columns(shares: Sequence[float], width: float = _WIDTH) -> list[float]:
    return [share * width for share in shares]


def _section(content: Content, name: str, parts: Sequence[Flowable]) -> Iterator[Flowable]:
    """A heading that stays with what follows it."""
    heading = _text(content.labels(f"section.{name}"), "section")
    yield CondPageBreak(_ROOM)
    yield KeepTogether([heading, *parts[:1]])
    yield from parts[1:]


def _said(said: Said, content: Content, lead: str = "") -> list[Flowable]:
    """What was seen with its references, and what to do."""
    words = content.labels
    marks = "".join(f"[{number}]" for number in said.references)
    start = f"<b>{escape(lead)}</b> " if lead else ""
    seen = Paragraph(f'{start}{escape(said.seen)} <font size="6.5" color="#0072b2">{marks}</font>', STYLES["text"])
    if not said.next:
        return [seen]
    todo = Paragraph(
        f'<font size="7.5" color="#00664b"><b>{escape(words("report.next"))}</b></font><br/>{escape(said.next)}',
        STYLES["text"],
    )
    return [seen, advice(todo, _WIDTH)]


def _beside(columns: Sequence[list[Flowable]]) -> Flowable:
    return plain([list(columns)], [_WIDTH / len(columns)] * len(columns))


def _index(index: Index, content: Content) -> list[Flowable]:
    """A column of half the page."""
    width = _WIDTH / 2 - 6 * mm
    words = content.labels
    spread = f' <font size="9" color="#59636e">{escape(index.uncertainty)}</font>'
    parts = [
        [_part(part), [_text(part.share, "cell"), *_bar(part.filled, _PARTS[1] * width - 8)]] for part in index.parts
    ]
    return [
        _text(index.name, "group"),
        Paragraph(escape(index.value) + spread, STYLES["score"]),
        *_bar(index.filled, width),
        *([_text(index.why, "quiet")] if index.why else []),
        _text(index.meaning),
        table([escape(words("table.part")), escape(words("table.share"))], parts, _columns(_PARTS, width)),
    ]


def _part(part: Part) -> list[Flowable]:
    return [_text(part.name, "cell"), _text(part.meaning, "small")]


def _bar(filled: float | None, width: float) -> list[Flowable]:
    return [] if filled is None else [Spacer(1, 2), Bar(width, filled)]


def _pictures(shots: Sequence[Shot]) -> Flowable:
    """One beside the other, each as wide as its column and no higher than it is wide by half."""
    room = _WIDTH / len(shots) - 12 * mm
    return _beside([[_picture(shot, room), _text(shot.caption, "caption")] for shot in shots])


def _picture(shot: Shot, room: float) -> Flowable:
    scale = min(room / shot.width, 1.5 * room / shot.height)
    return Image(BytesIO(shot.jpeg), shot.width * scale, shot.height * scale)


def _group(group: Group, content: Content) -> Iterator[Flowable]:
    words = content.labels
    columns = [words(f"table.{key}") for key in ("measure", "value", "target", "uncertainty", "confidence")]
    unmeasured = [index for index, row in enumerate(group.rows) if row.why]
    yield KeepTogether(
        [
            _text(group.name, "group"),
            _text(group.meaning, "quiet"),
            table(
                [escape(column) for column in columns],
                [_cells(row, content) for row in group.rows],
                _columns(_METRICS),
                unmeasured,
            ),
            *(_text(note, "quiet") for note in group.notes),
            *([_plot(group.plot)] if group.plot else []),
        ]
    )
    yield KeepTogether(_said(group.said, content, words("report.seen")))


def _cells(row: Row, content: Content) -> list[Paragraph]:
    if row.why:
        cells = [row.name, content.labels("report.unmeasured"), row.target, row.why, ""]
        return [_text(cell, "cell") for cell in cells]
    value = Paragraph(f"<b>{escape(row.value)}</b>", STYLES["cell"])
    name, *rest = (_text(cell, "cell") for cell in (row.name, row.target, row.uncertainty, row.confidence))
    return [name, value, *rest]


def _plot(plot: Plot) -> Flowable:
    picture = Image(BytesIO(png(plot)))
    picture.drawHeight *= _WIDTH / picture.drawWidth
    picture.drawWidth = _WIDTH
    return picture


def _gaps(content: Content) -> Flowable:
    words = content.labels
    if not content.gaps:
        return _text(words("gap.nothing"))
    rows = [[_text(cell, "cell") for cell in (", ".join(gap.names), gap.why, gap.how)] for gap in content.gaps]
    return table([escape(words(f"table.{key}")) for key in ("what", "why", "how")], rows, _columns(_GAPS))


def _references(content: Content) -> Iterator[Flowable]:
    for number, reference in enumerate(content.references, start=1):
        yield Paragraph(escape(reference), STYLES["reference"], bulletText=f"{number}.")
