"""What an erasure is remembered by: tables and versions, rows, files, blobs and messages that went, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from control.erasures import Erasure
from control.store import Control
from sinks.erased import Went

BEGAN: Final = "began"
"""In an erasure's detail while its tables are cleaned."""


class Receipts:
    """The details of some erasures, written down step by step; what a run that died had noted is added to."""

    def __init__(self, control: Control, erasures: list[Erasure]) -> None:
        self._control = control
        self._details: dict[str, dict[str, Any]] = {each.id: _of(each) for each in erasures}
        self._numbers = {each.id: each.number for each in erasures}

    def begun(self) -> bool:
        """Notes that rows are about to go; whether a run before may have taken some and died before it said so."""
        again = any(BEGAN in detail for detail in self._details.values())
        self.noted(BEGAN, True)
        return again

    def went(self, tables: Mapping[str, Went]) -> None:
        """What went from tables."""
        for erasure, detail in self._details.items():
            for table, went in tables.items():
                _add(detail["tables"].setdefault(table, {}), went, self._numbers[erasure])
        self._write()

    def counted(self, erasure: Erasure, what: str, count: int) -> None:
        """What else went of one, such as blobs."""
        detail = self._details[erasure.id]
        detail[what] = detail.get(what, 0) + count
        self._write()

    def noted(self, what: str, value: Any) -> None:
        """Something that holds for all of them."""
        for detail in self._details.values():
            detail[what] = value
        self._write()

    def finished(self, at: datetime, *names: str) -> None:
        """All of them have ended, and what nobody needs to know from then on goes with that."""
        for erasure, detail in self._details.items():
            left = {name: value for name, value in detail.items() if name not in names}
            self._control.erasures.finish(erasure, at, detail=left)

    def dropped(self, *names: str) -> None:
        """What nobody needs to know any more."""
        for detail in self._details.values():
            for name in names:
                detail.pop(name, None)
        self._write()

    def tables(self) -> set[str]:
        """Those from which rows went."""
        found = (detail["tables"].items() for detail in self._details.values())
        return {table for tables in found for table, went in tables if went["rows"]}

    def step(self, name: str, at: datetime) -> None:
        """A step has ended."""
        for detail in self._details.values():
            detail["steps"][name] = at.isoformat()
        self._write()

    def _write(self) -> None:
        for erasure, detail in self._details.items():
            self._control.erasures.note(erasure, detail=detail)


def _of(erasure: Erasure) -> dict[str, Any]:
    empty: dict[str, Any] = {"tables": {}, "steps": {}}
    return {**empty, **erasure.detail}


def _add(noted: dict[str, int], went: Went, number: int) -> None:
    noted["rows"] = noted.get("rows", 0) + went.rows.get(number, 0)
    noted["files"] = noted.get("files", 0) + went.files.get(number, 0)
    noted["version"] = went.version
    noted["judged_bytes"] = went.judged_bytes
