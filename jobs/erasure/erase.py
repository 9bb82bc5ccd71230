"""The job `erase`: carries every erasure on as far as it can go by now.

    hidden        → tables_clean   once the flows know of it and have passed what they decided before (`passed`)
    tables_clean  → finished       once older versions may go, and nothing of the log has them any more (`finish`)

Delivery: at least once. Each step finds what is left to do and does it again without harm. One erasure that cannot go
on holds up the younger ones, so that what a table notes of the newest holds for all before it.
"""

from datetime import timedelta

import structlog
from prometheus_client import Gauge

from control.erasures import Erasure
from jobs.erasure.finish import LOG_ENDS, VERSIONS, finish, vacuum_after
from jobs.erasure.log import blank
from jobs.erasure.outside import erase_blobs, erase_control
from jobs.erasure.passed import ENDS, due, ends_of
from jobs.erasure.receipt import BEGAN, Receipts
from jobs.erasure.tables import clean_versions, erase_tables
from jobs.lake import Lake
from jobs.work import Context

AT_ONCE = 100
"""Erasures that share one look through all tables."""

ERASURES = Gauge("kinelake_erasures", "Erasures by how far they are.", ["state"], multiprocess_mode="livemostrecent")

log = structlog.get_logger()


def erase(context: Context) -> None:
    """One round."""
    erasures = context.lake.control.erasures
    hidden = due(context.lake, erasures.in_state("hidden"), context.clock())[:AT_ONCE]
    if hidden:
        clean(context, hidden)
    finish(context)
    counts = erasures.counts()
    for state in ("hidden", "tables_clean", "purging", "finished"):
        ERASURES.labels(state).set(counts.get(state, 0))


def clean(context: Context, hidden: list[Erasure]) -> None:
    """Takes these people out of everything but older versions; what the tables have passed of the log goes as well."""
    lake, receipts = context.lake, Receipts(context.lake.control, hidden)
    again = receipts.begun()
    erase_tables(context, hidden, receipts)
    receipts.step("tables", context.clock())
    for erasure in hidden:
        receipts.counted(erasure, "blobs", erase_blobs(lake, erasure))
        erase_control(lake, erasure)
        receipts.counted(erasure, "messages", blank(lake, [erasure], erasure.detail[ENDS]))
    receipts.noted(VERSIONS, clean_versions(context, receipts, every=again))
    receipts.noted(LOG_ENDS, ends_of(lake))
    receipts.dropped(ENDS, BEGAN)
    at = context.clock()
    for erasure in hidden:
        expected = at + max(vacuum_after(lake), timedelta(0) if lake.log.blanks else _kept(lake))
        lake.control.erasures.note(erasure.id, state="tables_clean", tables_clean_at=at, finish_expected_at=expected)
        log.info("erasure_clean", erasure=erasure.id)


def _kept(lake: Lake) -> timedelta:
    """How long the brokers keep what they have."""
    return timedelta(days=lake.log_options.retention_days)
