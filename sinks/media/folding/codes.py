"""Texts as small numbers, for as long as something refers to them.

A client chooses what a text is, so there is no end of texts: what no open session and no event of the history refers
to any more is forgotten, and its number is given to another text. Memory: about 250 bytes a text kept; they are at most
`open_sessions` + `history_events` + SWEEP_AFTER, each at most 512 characters.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

SWEEP_AFTER: Final = 10_000
"""New texts between two sweeps, at least; a sweep reads every record."""


class Codes:
    """Texts as small numbers; -1 is null."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str | None] = []
        self._free: list[int] = []
        self._kept = 0

    def __len__(self) -> int:
        return len(self._codes)

    def encode(self, texts: pl.Series) -> NDArray[np.int32]:
        """The code of every text."""
        coded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
        known = np.array([*map(self._code, coded.dictionary.to_pylist()), -1], np.int32)
        codes: NDArray[np.int32] = known[pl.Series(coded.indices).fill_null(-1).to_numpy()]
        return codes

    def decode(self, codes: NDArray[np.int32]) -> pl.Series:
        """The text of every code."""
        distinct, places = np.unique(codes, return_inverse=True)
        texts = [None if code < 0 else self._texts[code] for code in distinct.tolist()]
        return pl.Series(texts, dtype=pl.String).gather(places)

    def overgrown(self) -> bool:
        """Whether so many texts came since the last sweep that another pays."""
        return len(self._codes) - self._kept >= max(SWEEP_AFTER, self._kept)

    def keep(self, used: NDArray[np.int32]) -> None:
        """Forget every text whose code is not among the used."""
        live = np.zeros(len(self._texts), np.bool_)
        live[used[used >= 0]] = True
        self._codes = {text: code for text, code in self._codes.items() if live[code]}
        self._free = np.flatnonzero(~live).tolist()
        for code in self._free:
            self._texts[code] = None
        self._kept = len(self._codes)

    def _code(self, text: str) -> int:
        known = self._codes.get(text)
        return self._new(text) if known is None else known

    def _new(self, text: str) -> int:
        if self._free:
            code = self._free.pop()
            self._texts[code] = text
        else:
            code = len(self._texts)
            self._texts.append(text)
        self._codes[text] = code
        return code


def sweep(codes: Mapping[str, Codes], *records: NDArray[Any]) -> None:
    """Forget the texts that none of the records refers to: their `dimensions` are codes, in the mapping's order."""
    for column, known in enumerate(codes.values()):
        if known.overgrown():
            known.keep(np.concatenate([kept["dimensions"][:, column] for kept in records]))
