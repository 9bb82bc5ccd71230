"""Documents and tables of an analysis as files."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

_PACKED = frozenset({".png", ".mp4"})
"""Kinds that are compressed already."""


def write_json(file: Path, document: Mapping[str, Any]) -> None:
    """The document as UTF-8 JSON, null where there is no value; ValueError for a NaN, which JSON does not have."""
    file.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")), encoding="utf-8")


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The table as CSV (RFC 4180, but lines end with a line feed), empty where a value is None."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_zip(file: Path, members: Iterable[Path], readme: str) -> None:
    """The members under their names relative to the archive's folder, and a README."""
    with ZipFile(file, "w") as archive:
        archive.writestr("README.txt", readme, ZIP_DEFLATED)
        for member in members:
            kind = ZIP_STORED if member.suffix in _PACKED else ZIP_DEFLATED
            archive.write(member, member.relative_to(file.parent), kind)
