"""What requests of this family ask for: a demo, a language, a measurement system."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from starlette.requests import Request

from motion.analysis import Analysis
from motion.request import Language, MeasurementSystem
from query_api.asked import Asked
from web.digits import decimal_number
from web.headers import headers_of
from web.operation import Parameter

NO, YES = ("false", "0"), ("true", "1")
FLAG = {"type": "string", "enum": ["true", "false", "1", "0"], "default": "false"}
DEMO = Parameter("demo", "The demo session of the activity, of a synthetic person, whatever the path's id.", FLAG)
SPOKEN = {"type": "string", "enum": list(map(str, Language))}
LANGUAGE = Parameter("language", "Else the best of Accept-Language, else en.", SPOKEN)
SYSTEM = Parameter(
    "measurement_system",
    "What lengths and weights are written in.",
    {"type": "string", "enum": list(map(str, MeasurementSystem)), "default": "metric"},
)


class Speech(NamedTuple):
    """How texts are written."""

    language: Language
    system: MeasurementSystem

    def of(self, analysis: Analysis) -> Analysis:
        """The analysis, whose pages and texts are written so."""
        written = {"language": self.language, "measurement_system": self.system}
        return replace(analysis, request=analysis.request.model_copy(update=written))


def flag(asked: Asked, name: str) -> bool:
    """true, 1, false or 0; false by default."""
    return asked.one_of(name, (*NO, *YES)) in YES


def speech(asked: Asked, request: Request) -> Speech:
    """The language and the measurement system of the answer's texts."""
    return Speech(language(asked, request), MeasurementSystem(asked.one_of("measurement_system", [*MeasurementSystem])))


def language(asked: Asked, request: Request) -> Language:
    """`language=`, else what the client likes best of those that there are, else English."""
    best = next(_liked(request), Language.EN)
    return Language(asked.one_of("language", [best, *Language]))


def _liked(request: Request) -> Iterator[Language]:
    """Accept-Language (RFC 9110, 12.5.4): the languages that there are, the best liked first, none of weight 0."""
    weighted = [_weighted(member) for member in headers_of(request).members("Accept-Language")]
    for weight, name in sorted(weighted, key=lambda one: -one[0]):
        if weight > 0 and name in set(Language):
            yield Language(name)


def _weighted(member: str) -> tuple[float, str]:
    """Weight and language of `de-CH;q=0.8`; a weight that is none counts as 0."""
    tag, _, weight = member.partition(";")
    name = tag.strip().partition("-")[0].lower()
    given = weight.strip().removeprefix("q=")
    found = decimal_number(given, 1.0, 0.0) if given else 1.0
    return found or 0.0, name
