"""The audit log's own retention: a chain is cut at its beginning only, and an anchor says where before the rows go."""

from collections.abc import Collection
from datetime import datetime

import polars as pl

from control.chains import ChainAnchor
from jobs.faults import NotAnchored
from jobs.lake import Lake
from schemas.audit import AUDIT
from schemas.audit.chain import Link, anchored
from schemas.shared.times import microseconds
from sinks.files import TableFiles


def keep_back(lake: Lake, files: TableFiles, gone: Collection[str], now: datetime) -> pl.DataFrame:
    """Of files that are to go the rows that must stay, since an earlier row of their chain stays; the rest is anchored.

    A gateway's clock may have put a row into an earlier day than the row before it.
    """
    stay = [path for path in files.listing()["path"] if path not in set(gone)]
    first = files.scan(stay).group_by("tenant").agg(first=pl.col("chain_number").min())
    rows = files.scan(gone).select("tenant", "chain_number", "digest").join(first, on="tenant", how="left").collect()
    kept = (pl.col("chain_number") > pl.col("first")).fill_null(False)
    oldest = rows.group_by("tenant").agg(pl.col("chain_number").min())
    cut = rows.filter(~kept).sort("chain_number").group_by("tenant").last().join(oldest, on="tenant", suffix="_oldest")
    for tenant, number, digest, _, beginning in cut.iter_rows():
        _anchor(lake, tenant, Link(number, bytes.fromhex(digest)), beginning, now)
    return files.scan(gone).join(rows.filter(kept).lazy(), on=["tenant", "chain_number"], how="semi").collect()


KEPT_BACK = {AUDIT.primary.name: keep_back}
"""Table → what retention asks before it removes files of it."""


def _anchor(lake: Lake, tenant: str, link: Link, beginning: int, now: datetime) -> None:
    organisation = lake.control.organisations.get(tenant)
    if organisation is None:
        raise NotAnchored(
            "audit_log has rows of an organisation that control does not know, so nothing of it is removed: name the "
            "control store that its rows were written with"
        )
    signature = anchored(organisation.key, tenant, link, microseconds(now))
    lake.control.chains.anchor(ChainAnchor(tenant, link.number, link.digest, now, signature), beginning)
