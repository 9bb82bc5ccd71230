"""The data folder: its layout, its format, and the lock of the `kinelake up` that uses it.

log.db  control.db  tables/<table>/  blobs/  exports/  secrets/ (0700)  run/  format  lock
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinelake.faults import FolderInUse, FolderTooNew, FolderUnusable

FORMAT = 1
"""Raised when a version of Kinelake lays the folder out in a way that older ones would misread."""

_FOLDERS = ("tables", "blobs", "exports", "run")


class DataFolder:
    """One installation's files on this machine; made by `prepare`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def secrets(self) -> Path:
        """Keys; nobody but the owner enters."""
        return self.path / "secrets"

    @property
    def run(self) -> Path:
        """Working files of running processes; worthless afterwards."""
        return self.path / "run"

    def prepare(self) -> "DataFolder":
        """Makes what is missing and checks the format; several processes may do so at once.

        Raises:
            FolderTooNew: a newer Kinelake wrote the folder.
            FolderUnusable: it cannot be made, or is no data folder.
        """
        try:
            for name in _FOLDERS:
                (self.path / name).mkdir(parents=True, exist_ok=True)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
            self.secrets.chmod(0o700)
            self._check_format()
        except OSError as error:
            raise FolderUnusable(
                f"the data folder {self.path} cannot be used: {error.strerror} ({error.filename}); "
                "give --data a folder that can be written"
            ) from error
        return self

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for one `kinelake up`; the kernel lets go when the process dies. Raises FolderInUse."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "another process"
            raise FolderInUse(
                f"the data folder {self.path} is in use by `kinelake up` (process {holder}); "
                "stop that one, or give --data another folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def _check_format(self) -> None:
        path = self.path / "format"
        if not path.exists():
            # written aside and renamed: a process that looks at the same time sees nothing or all of it
            draft = path.with_name(f"format.{os.getpid()}")
            draft.write_text(f"{FORMAT}\n")
            draft.replace(path)
        found = path.read_text().strip()
        if not found.isdecimal():
            raise FolderUnusable(f"{path} is no format number; {self.path} is no data folder of Kinelake")
        if int(found) > FORMAT:
            raise FolderTooNew(
                f"the data folder {self.path} has format {found}, made by a newer Kinelake; this one knows {FORMAT}. "
                "Install the newer version, or give --data another folder."
            )
