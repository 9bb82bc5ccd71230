"""Older versions of a table, and every file that only they have: what an erasure took out was in them until now.

A table that is clean gets a checkpoint, and everything before that version goes later: commits and checkpoints, whose
statistics say something of the files that went, and these files themselves, also those that no version has ever named.

Guarantee: safe beside writers and readers. Only files go that are older than the clean version and that neither it nor
the newest version has; a commit that was under way when the table became clean has long come or never will.
"""

from dataclasses import dataclass
from datetime import datetime

from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileInfo, FileSelector, FileType

from schemas.shared.columns import Table
from sinks.faults import translated
from sinks.files import TableFiles
from sinks.location import Location
from sinks.table_log import TableLog

LOG = "_delta_log/"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Files of the log and files of rows that are gone for good."""

    log_files: int
    data_files: int


def clean_version(location: Location, table: Table) -> int:
    """The newest version, as a checkpoint that nothing before it is needed for."""
    files = TableFiles.open(location, table)
    with translated(table.name):
        files.table.create_checkpoint()
    return files.version


def forget_before(location: Location, table: Table, version: int) -> Forgotten:
    """Removes what there is of versions before a clean one; where that was pruned since, before the next there is.

    Raises:
        TablesUnavailable: the storage refused.
    """
    files, log = TableFiles.open(location, table), TableLog(location.uri(table.name))
    entries = log.entries()
    base = next(entry for entry in entries if entry.is_checkpoint and entry.version >= version)
    kept = {*files.at(base.version).listing()["path"], *files.listing()["path"]}
    # both times are the storage's: that of a file, and that of the commit after which nothing needs it
    removed = _remove(location.uri(table.name), kept, base.written_at)
    older = [entry for entry in entries if entry.version < base.version]
    log.remove(older)
    return Forgotten(sum(len(entry.names) for entry in older), removed)


def _remove(uri: str, kept: set[str], before: datetime) -> int:
    storage = DeltaStorageHandler(uri)
    with translated(uri):
        found = storage.get_file_info_selector(FileSelector("", allow_not_found=True, recursive=True))
        gone = [file for file in found if _is_rows(file) and file.path not in kept and file.mtime < before]
        for file in gone:
            storage.delete_file(file.path)
    return len(gone)


def _is_rows(file: FileInfo) -> bool:
    return file.type == FileType.File and not file.path.startswith(LOG)
