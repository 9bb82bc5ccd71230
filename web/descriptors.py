"""Open files: a server that accepts more connections than it may open files stops accepting anybody."""

import resource

import structlog

from web.faults import TooFewFiles

RESERVED = 256
"""Files left for everything but connections: the log, the control store, tables, threads' pipes."""

log = structlog.get_logger()


def connections_within(most: int) -> int:
    """As many connections as may be open: `most`, or what the system's limit leaves at its highest.

    Raises TooFewFiles where that leaves none.
    """
    limit = _raised(most + RESERVED)
    room = min(most, limit - RESERVED)
    if room < 1:
        raise TooFewFiles(f"this process may open {limit} files, and needs {RESERVED} beside connections: ulimit -n")
    if room < most:
        log.warning("connections_lowered", wanted=most, room=room, why="limit of open files (ulimit -n)")
    return room


def _raised(wanted: int) -> int:
    soft, hard = (_finite(limit, wanted) for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return soft


def _finite(limit: int, wanted: int) -> int:
    return wanted if limit == resource.RLIM_INFINITY else limit
