"""The report as a page: one file that needs nothing else, in light or dark, on a screen or on paper."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.squat.content import Content
from reports.squat.shots import Shot
from reports.svg import svg

_PACKAGE: Final = "reports.squat"


def page(content: Content, shots: Sequence[Shot]) -> str:
    """The page as HTML; everything but the plots, which are SVG of ours, is escaped."""
    return _template().render(
        report=content,
        words=content.labels,
        shots=shots,
        plots={group.key: Markup(svg(group.plot)) for group in content.groups if group.plot},
        style=Markup((resources.files(_PACKAGE) / "page.css").read_text(encoding="utf-8")),
        picture=_picture,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _picture(shot: Shot) -> str:
    """The picture as an address that holds it."""
    return f"data:image/jpeg;base64,{b64encode(shot.jpeg).decode('ascii')}"
