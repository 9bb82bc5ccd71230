"""The sentences of one language, read once from `catalogues/<language>.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from motion.request import Language, MeasurementSystem
from motion.texts.quantity import Quantity, display, number
from motion.texts.text import Sentence

Forms = Mapping[str, str]
"""A sentence by plural form: `other` alone where it has no plural, else those of the language."""

PLURAL_FORMS: Mapping[Language, tuple[str, ...]] = {
    Language.EN: ("one", "other"),
    Language.DE: ("one", "other"),
    Language.ES: ("one", "other"),
    Language.FR: ("one", "other"),
    Language.IT: ("one", "other"),
    Language.RO: ("one", "few", "other"),
}


def plural_form(count: int, language: Language) -> str:
    """The form that a whole number takes below a million (Unicode CLDR 45, plural rules)."""
    if language is Language.FR:
        return "one" if count < 2 else "other"
    if count == 1:
        return "one"
    if language is Language.RO and (count == 0 or 1 <= count % 100 <= 19):
        return "few"
    return "other"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language by key, such as `squat.knee_flexion.reached`."""

    language: Language
    sentences: Mapping[str, Forms]

    def write(self, sentence: Sentence, system: MeasurementSystem) -> str:
        """The sentence in this language with its gaps filled."""
        forms = self.sentences[sentence.key]
        form = "other" if sentence.count is None else plural_form(sentence.count, self.language)
        values = {name: self._value(value, system) for name, value in sentence.values.items()}
        written = forms[form].format(**values, n=sentence.count)
        return capitalised(written) if written.endswith((".", "!")) else written

    def _value(self, value: Quantity | Sentence | tuple[Sentence, ...], system: MeasurementSystem) -> str:
        if isinstance(value, Quantity):
            return self.quantity(value, system)
        if isinstance(value, Sentence):
            return self.write(value, system)
        return ", ".join(self.write(each, system) for each in value)

    def quantity(self, quantity: Quantity, system: MeasurementSystem) -> str:
        """A number with its unit, both as the language writes them."""
        shown = display(quantity.unit, system)
        decimals = shown.decimals if quantity.decimals is None else quantity.decimals
        written = number(quantity.value * shown.factor, decimals, self.language)
        return self.sentences[f"unit.{shown.unit}"]["other"].format(n=written)


def capitalised(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


@cache
def catalogue(language: Language) -> Catalogue:
    """The language's catalogue."""
    file = resources.files("motion.texts") / "catalogues" / f"{language}.toml"
    return Catalogue(language, dict(_leaves(tomllib.loads(file.read_text(encoding="utf-8")), "")))


def _leaves(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Forms]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, {"other": value}
        elif "other" in value:
            yield prefix + key, value
        else:
            yield from _leaves(value, f"{prefix}{key}.")
