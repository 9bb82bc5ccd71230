"""Two rows that stand in each other's place: each says what the digest of the other's place says."""

from collections.abc import Iterator

import polars as pl

from schemas.audit.chain import PERSONAL, digest_of, forms, personal_digest, plain_forms
from sinks.audit.links import HEX


def partner(rows: pl.DataFrame, number: int) -> int | None:
    """The number of the row that stands at this one instead, among these rows; None where it is none of them."""
    known = rows.with_columns(pl.col(name).str.decode("hex", strict=False) for name in HEX)
    here = rows.filter(pl.col("chain_number") == number)
    others = known.filter(pl.col("chain_number") != number)
    found = (other["chain_number"] for other in others.iter_rows(named=True) if _fits(here, other))
    return next(found, None)


def _fits(here: pl.DataFrame, other: dict[str, object]) -> bool:
    """Whether the row here was in the other's place; places may have been exchanged with or without their digests."""
    own = here.with_columns(pl.col(name).str.decode("hex", strict=False) for name in HEX).row(0, named=True)
    return any(
        digest_of(place["previous"], form, personal) == place["digest"]
        for place in (own, other)
        if isinstance(place["previous"], bytes)
        for form in plain_forms(here.with_columns(chain_number=pl.lit(other["chain_number"], pl.Int64)))
        for personal in _personal(here, own["salt"], other["salt"])
    )


def _personal(here: pl.DataFrame, *salts: object) -> Iterator[bytes]:
    (form,) = forms(here, PERSONAL)
    return (personal_digest(salt, form) for salt in salts if isinstance(salt, bytes))
