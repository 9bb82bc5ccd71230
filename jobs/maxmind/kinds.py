"""The kinds of jobs that fetch from MaxMind."""

from datetime import timedelta

from control.exclusions import SYNC_KIND
from control.geo import UPDATE_KIND
from jobs.lake import Settings
from jobs.lane import Lane
from jobs.maxmind.exclusions import sync
from jobs.maxmind.geo import update
from jobs.maxmind.options import MaxMindOptions
from jobs.work import Kind


def _geo_update_days(settings: Settings) -> timedelta | None:
    options = settings.room(MaxMindOptions)
    return timedelta(days=options.geo_update_days) if options.configured else None


def _sync_days(settings: Settings) -> timedelta | None:
    options = settings.room(MaxMindOptions)
    return timedelta(days=options.exclusions_sync_days) if options.configured else None


KINDS = (
    Kind(UPDATE_KIND, update, Lane.FETCH, every=_geo_update_days),
    Kind(SYNC_KIND, sync, Lane.FETCH, every=_sync_days),
)
