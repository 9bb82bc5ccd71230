"""How the PDF looks: its font, styles, tables and bars."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from reports.fonts import font

TEXT: Final = "DejaVuSans"
BOLD: Final = "DejaVuSans-Bold"

INK: Final = HexColor("#1b1f24")
QUIET: Final = HexColor("#59636e")
WARNING: Final = HexColor("#ffe8a3")
WARNING_INK: Final = HexColor("#4a3500")
_LINE: Final = HexColor("#d5d9de")
_ACCENT: Final = HexColor("#0072b2")
_NEXT: Final = HexColor("#e8f4ec")
_NEXT_LINE: Final = HexColor("#009e73")


@cache
def register_fonts() -> None:
    """Makes the fonts known to reportlab, `<b>` included."""
    for name in (TEXT, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(font(name))))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    look = {"fontName": TEXT, "textColor": INK, "leading": 1.42 * size, **more}
    return ParagraphStyle(name, fontSize=size, **look)


STYLES: Final = {
    style.name: style
    for style in (
        _style("title", 20, fontName=BOLD, spaceAfter=10),
        _style("kind", 8.5, textColor=QUIET),
        _style("section", 13.5, fontName=BOLD, spaceBefore=14, spaceAfter=5),
        _style("group", 11.5, fontName=BOLD, spaceBefore=10, spaceAfter=2),
        _style("text", 9, spaceBefore=3, spaceAfter=4),
        _style("quiet", 8, textColor=QUIET, spaceAfter=4),
        _style("cell", 8.2, leading=11),
        _style("small", 7, textColor=QUIET, leading=9.4),
        _style("head", 7.2, textColor=QUIET, fontName=BOLD, leading=9),
        _style("score", 17, fontName=BOLD),
        _style("caption", 7.5, textColor=QUIET, alignment=TA_CENTER, spaceBefore=3),
        _style("reference", 7.2, leading=10, leftIndent=20, bulletIndent=0, spaceAfter=2),
    )
}
"""Paragraphs by what they are."""


class Bar(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A bar filled from 0 to 1."""

    _HEIGHT: Final = 4

    def __init__(self, width: float, filled: float) -> None:
        super().__init__()
        self.width, self.height, self._filled = width, self._HEIGHT, filled

    def draw(self) -> None:
        """Draws the bar onto its canvas."""
        for colour, share in ((_LINE, 1.0), (_ACCENT, self._filled)):
            self.canv.setFillColor(colour)
            self.canv.rect(0, 0, self.width * share, self.height, stroke=0, fill=1)


def table(
    head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float], spans: Sequence[int] = ()
) -> Table:
    """A table with a head that is repeated on every page; in the rows of `spans` the last two cells are one."""
    cells = [[Paragraph(word, STYLES["head"]) for word in head], *(list(row) for row in rows)]
    look: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -2), 0.5, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        *(("SPAN", (-2, row + 1), (-1, row + 1)) for row in spans),
    ]
    return Table(cells, colWidths=list(widths), repeatRows=1, style=TableStyle(look), hAlign="LEFT")


def advice(paragraph: Paragraph, width: float) -> Table:
    """A paragraph on green ground: what to do next."""
    look = [
        ("BACKGROUND", (0, 0), (-1, -1), _NEXT),
        ("LINEBEFORE", (0, 0), (0, -1), 3, _NEXT_LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3 * mm),
    ]
    return Table([[paragraph]], colWidths=[width], style=TableStyle(look), spaceBefore=3, spaceAfter=3, hAlign="LEFT")


def plain(rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Table:
    """Cells beside each other without lines."""
    look = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    return Table([list(row) for row in rows], colWidths=list(widths), style=TableStyle(look), hAlign="LEFT")
