"""A text as people read it, and the same before it has a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from motion.texts.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Text:
    """One comment in one language; `references` are the publications that it rests on."""

    text: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the catalogues by its key, and what stands in its gaps; `count` chooses its plural form."""

    key: str
    values: Mapping[str, "Quantity | Sentence | tuple[Sentence, ...]"] = field(default_factory=dict)
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What was seen, what to do next, and the keys of the publications behind both."""

    seen: tuple[Sentence, ...]
    next: tuple[Sentence, ...] = ()
    references: tuple[str, ...] = ()


def sentence(key: str, count: int | None = None, **values: "Quantity | Sentence | tuple[Sentence, ...]") -> Sentence:
    """A sentence with its gaps as keywords."""
    return Sentence(key, values, count)
