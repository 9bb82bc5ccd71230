"""The words of report pages and pictures in six languages, one `<language>.toml` each with the same keys and gaps.

Names of metrics, reasons and comments are not here but in `motion.texts`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from motion.request import Language


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one language by table and key, such as `table.value`."""

    language: Language
    words: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **gaps: str) -> str:
        """The words of that key with their gaps filled; KeyError where there are none."""
        table, name = key.split(".")
        return self.words[table][name].format(**gaps)


@cache
def labels(language: Language) -> Labels:
    """The words of a language."""
    file = resources.files(__name__) / f"{language}.toml"
    return Labels(language, tomllib.loads(file.read_text(encoding="utf-8")))
