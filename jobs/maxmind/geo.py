"""The job that brings the geo database up to date: download, verify, test, keep, and only then the new one counts.

An update that somebody waits for (its payload says `asked`) is tried once; one that comes round is tried again where
that may help. Done twice it is harmless: a database that is kept already is kept under the same name.
"""

import re
import tempfile
from hmac import compare_digest
from pathlib import Path

import structlog

from blob_store.store import BlobStore
from control.geo import GeoOutcome
from jobs.faults import WorkStopped
from jobs.maxmind.archive import described, digest_of, unpacked
from jobs.maxmind.client import MaxMind
from jobs.maxmind.faults import BadAnswer, NotConfigured, NotDone
from jobs.maxmind.options import MaxMindOptions
from jobs.work import Context
from schemas.shared.faults import Terminal, Transient

FOLDER = "geo"
"""Where the blob store has the databases."""
SIDE_FILE_BYTES = 1024

_SIDE_FILE = re.compile(rb"(?P<digest>[0-9a-fA-F]{64})(?:\s[^\n]*)?\n?")

log = structlog.get_logger()


def update(context: Context) -> None:
    """One attempt of the job; what it came to is noted for whoever waits for it."""
    geo, job = context.lake.control.geo, context.job
    try:
        outcome = _updated(context)
    except WorkStopped:
        raise
    except (Terminal, Transient, OSError) as error:
        geo.note(job.id, "not_configured" if isinstance(error, NotConfigured) else "failed", str(error))
        raise NotDone(str(error)) if "asked" in job.payload else error from error
    geo.note(job.id, outcome)
    log.info("geo_database", outcome=outcome)


def _updated(context: Context) -> GeoOutcome:
    options = context.lake.settings.room(MaxMindOptions)
    blobs = context.lake.blobs
    with MaxMind(options, context.stopping) as maxmind:
        announced = _announced(maxmind, options)
        known = context.lake.control.geo.downloaded()
        if known is not None and known.archive_digest == announced and known.blob in blobs.names(FOLDER):
            return "current"
        with tempfile.TemporaryDirectory(prefix="kinelake-geo-") as folder:
            _install(context, blobs, _fetched(maxmind, options, announced, Path(folder)), announced, options)
    return "updated"


def _announced(maxmind: MaxMind, options: MaxMindOptions) -> str:
    """The archive's SHA-256 in hex, as the file beside it says."""
    said = maxmind.read(_url(options), {"suffix": "tar.gz.sha256"}, SIDE_FILE_BYTES)
    found = _SIDE_FILE.fullmatch(said)
    if found is None:
        raise BadAnswer("the file beside the archive names no SHA-256")
    return found["digest"].decode().lower()


def _fetched(maxmind: MaxMind, options: MaxMindOptions, announced: str, folder: Path) -> Path:
    """The database, unpacked from an archive that is what was announced."""
    archive, database = folder / "archive.tar.gz", folder / "database.mmdb"
    with archive.open("wb") as file:
        maxmind.download(_url(options), {"suffix": "tar.gz"}, options.geo_max_bytes, file)
    if not compare_digest(digest_of(archive), announced):
        raise BadAnswer("the archive's SHA-256 is not the one announced: it was cut short or altered on its way")
    unpacked(archive, options.geo_edition, database, options.geo_max_bytes)
    return database


def _install(context: Context, blobs: BlobStore, database: Path, announced: str, options: MaxMindOptions) -> None:
    description = described(database)
    blob = f"{FOLDER}/{options.geo_edition}-{description.digest}.mmdb"
    known = context.lake.control.geo.downloaded()
    blobs.put(blob, database)
    context.lake.control.geo.install(description, announced, blob)
    keep = {blob, known.blob if known else blob}
    for name in blobs.names(FOLDER):
        if name not in keep:
            blobs.delete(name)


def _url(options: MaxMindOptions) -> str:
    return f"{options.geo_base_url}/geoip/databases/{options.geo_edition}/download"
