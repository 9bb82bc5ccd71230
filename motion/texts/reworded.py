"""The check on a rule's text that a language model has put in other words: the words may change, the numbers may not.

The model itself is not here, and nothing here reaches a network: whoever asks one hands its answer in.
"""

import re
from dataclasses import replace

from motion.texts.text import Text

_NUMBER = re.compile(r"(?:(?<!\w)[−-])?(?<![\d.,])\d+(?:[.,]\d+)*")
_UNIT = re.compile(r"\s?(°|%|cm\b|mm\b|m/s\b|ft/s\b|m\b|ft\b|in\b|ms\b|s\b|W\b|kg\b|lb\b)")


def reworded(rule: Text, rewording: str) -> Text:
    """The rewording with the rule's references, if it holds exactly the rule text's numbers; else the rule's text.

    Compared are all numbers in their order (so that left and right cannot change places), with sign, decimals and the
    unit that stands behind. Decimal comma and point count as the same, a hyphen as a minus. Numbers written out as
    words are not numbers here: a text that spells out a digit of the rule's loses it, and is refused.
    """
    return replace(rule, text=rewording) if numbers(rewording) == numbers(rule.text) else rule


def numbers(text: str) -> list[tuple[str, str]]:
    """Every number of a text with the unit behind it, in order."""
    return [(_plain(found[0]), _unit(text, found.end())) for found in _NUMBER.finditer(text)]


def _plain(number: str) -> str:
    return number.replace(",", ".").replace("−", "-")


def _unit(text: str, at: int) -> str:
    found = _UNIT.match(text, at)
    return found[1] if found else ""
