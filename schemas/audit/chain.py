"""The chain of an organisation's audit rows: its canonical form, version 2 (docs/audit.md), and its digests.

    personal_digest = SHA-256(salt ‖ P)                        P, C: JSON arrays of the columns PERSONAL and PLAIN,
    digest          = SHA-256(previous ‖ C ‖ personal_digest)  in their order, without blanks, texts as in RFC 8785

Salts and digests count as bytes, times as whole µs since 1970, degrees as whole tenths, whole numbers with all their
digits, what is missing as null. Rows of version 1 have no project_id, and their C no place for it. What is erased
loses its salt and its personal columns; `personal_digest` stays, and so does the chain.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from schemas.audit.entries import AUDIT
from schemas.shared.columns import TIMESTAMP

VERSION: Final = 2
GENESIS: Final = bytes(32)
"""What the first row of a chain follows."""
SALT_BYTES: Final = 16

PLAIN: Final = (
    "chain_version", "chain_number", "tenant", "stream", "schema_version", "event_type", "event_id", "occurred_at",
    "client_occurred_at", "received_at", "request_id", "consent_level", "consent_source", "decision_reason", "gpc",
    "privacy_excluded", "geo_unavailable", "actor_source", "actor_type", "action", "resource_type", "status",
    "status_code", "code", "log_partition", "log_offset", "log_item", "project_id",
)  # fmt: skip
"""What a row says of no person, in the order of version 2; version 1 ends before project_id."""

PERSONAL: Final = (
    "subject", "actor", "session_id", "resource_id", "metadata", "extra", "payload_digest", "ip_prefix", "country_code",
    "region_code", "city", "time_zone", "latitude", "longitude", "device_type", "browser_family", "os_family",
)  # fmt: skip
"""What an erasure takes, in the order of both versions."""

ERASED: Final[Mapping[str, Any]] = {**dict.fromkeys((*PERSONAL, "salt")), "payload_digest": 0}
"""Column → what an erasure leaves there; a digest of the body is needed as a number."""

_SCHEMA: Final = AUDIT.primary.schema
_encode = msgspec.json.Encoder().encode


class Link(NamedTuple):
    """A row's place in its chain; `digest` is 32 bytes."""

    number: int
    digest: bytes


START: Final = Link(0, GENESIS)
"""Before the first row."""


def chained(rows: pl.DataFrame, newest: Mapping[str, Link]) -> tuple[pl.DataFrame, dict[str, Link]]:
    """The rows with CHAIN_COLUMNS, each behind the one of its organisation before it, and the newest links then.

    rows: of the audit flow, in log order. newest: by organisation; one without has no row yet.
    """
    salts = salted(rows.height)
    numbered = rows.with_columns(
        _numbers(rows, newest),
        pl.Series("salt", [salt.hex() for salt in salts], pl.String),
        chain_version=pl.lit(VERSION, pl.Int64),
    )
    personal = [personal_digest(*of) for of in zip(salts, forms(numbered, PERSONAL), strict=True)]
    links = dict(newest)
    previous: list[bytes] = []
    digests: list[bytes] = []
    of = zip(rows["tenant"], numbered["chain_number"], plain_forms(numbered), personal, strict=True)
    for tenant, number, form, digest in of:
        previous.append(links.get(tenant, START).digest)
        digests.append(digest_of(previous[-1], form, digest))
        links[tenant] = Link(number, digests[-1])
    columns = {"previous": previous, "digest": digests, "personal_digest": personal}
    hexed = [pl.Series(name, [value.hex() for value in values], pl.String) for name, values in columns.items()]
    return numbered.with_columns(hexed), links


def forms(rows: pl.DataFrame, names: Sequence[str]) -> Iterator[bytes]:
    """Each row's JSON array of these columns; a column that the rows lack is null."""
    return map(_encode, rows.select(_counted(rows, name) for name in names).iter_rows())


def plain_forms(rows: pl.DataFrame) -> Iterator[bytes]:
    """Each row's JSON array of PLAIN, as its own version has it.

    A project that a row of version 1 has been given later shows: it counts.
    """
    for row in rows.select(_counted(rows, name) for name in PLAIN).iter_rows():
        yield _encode(row[:-1] if row[0] == 1 and row[-1] is None else row)


def personal_digest(salt: bytes, form: bytes) -> bytes:
    """32 bytes, of a row's salt and the form of its personal columns."""
    return hashlib.sha256(salt + form).digest()


def digest_of(previous: bytes, form: bytes, personal: bytes) -> bytes:
    """A row's digest: of the digest before it, the form of its plain columns, and the digest of the personal ones."""
    return hashlib.sha256(previous + form + personal).digest()


def salted(count: int) -> list[bytes]:
    """So many new salts."""
    drawn = os.urandom(SALT_BYTES * count)
    return [drawn[start : start + SALT_BYTES] for start in range(0, len(drawn), SALT_BYTES)]


def anchored(key: bytes, organisation: str, link: Link, cut_at: int) -> bytes:
    """The signature of an anchor: HMAC-SHA256 under the organisation's key; `cut_at` in µs since 1970."""
    said = _encode(["kinelake audit anchor", VERSION, organisation, link.number, link.digest.hex(), cut_at])
    return hmac.digest(key, said, "sha256")


def _numbers(rows: pl.DataFrame, newest: Mapping[str, Link]) -> pl.Expr:
    """The next numbers of each organisation."""
    starts = {tenant: newest.get(tenant, START).number for tenant in rows["tenant"].unique()}
    start = pl.col("tenant").replace_strict(starts, default=None, return_dtype=pl.Int64)
    return (start + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("tenant")).alias("chain_number")


def _counted(rows: pl.DataFrame, name: str) -> pl.Expr:
    """A column as it counts in the form."""
    dtype = _SCHEMA[name]
    column = pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype).alias(name)
    if dtype == TIMESTAMP:
        return column.dt.epoch("us")
    return (column * 10).round().cast(pl.Int64) if dtype == pl.Float64 else column
