"""Whether the disk of the embedded log has room: a commit asks before it begins."""

import os
from pathlib import Path

from event_log.faults import LogUnavailable
from event_log.options import MEBIBYTE, LogOptions


def check_disk(folder: Path, options: LogOptions) -> None:
    """Raise LogUnavailable while the disk of the log's folder has less free bytes or inodes than their floors."""
    try:
        disk = os.statvfs(folder)
    except FileNotFoundError:  # made with the file
        return
    if (free := disk.f_bavail * disk.f_frsize) < (floor := options.disk_floor_bytes):
        raise LogUnavailable(
            f"the disk of {folder} has {free // MEBIBYTE} MiB free, below the floor of {floor // MEBIBYTE} MiB "
            "(KINELAKE_DISK_FLOOR_BYTES): free some"
        )
    # A disk that makes room for files as they come, as btrfs does, says that it has none at all.
    if disk.f_files and (left := disk.f_favail) < options.disk_floor_inodes:
        raise LogUnavailable(
            f"the disk of {folder} has room for {left} more files (inodes), below the floor of "
            f"{options.disk_floor_inodes} (KINELAKE_DISK_FLOOR_INODES): remove some, or run `kinelake vacuum`"
        )
