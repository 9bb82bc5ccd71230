"""The level viewer of the dashboard: where things happen in a level, over its model from above, and where one went."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
import polars as pl
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from blob_store.faults import BlobMissing
from control.applications import Application
from control.models import Model
from query_api.answers import Stores
from query_api.asked import Period
from query_api.dashboard.asked import AHEAD, DEFAULT_PERIOD, PERIODS, chosen, given
from query_api.dashboard.kept_charts import over_time
from query_api.dashboard.lists import RECORDS_LISTED
from query_api.dashboard.part import Part
from query_api.dashboard.shell import TEMPLATES, page
from query_api.game.counted import Positions
from query_api.game.plan import Plan, key, plan
from query_api.game.question import Question
from query_api.game.rows import Application as Whose
from query_api.game.viewed import Heat, Rates, heat_of, paths_of, rates_of, side_of
from query_api.tables import Extent
from schemas.game import STREAM
from schemas.game.models.outlines import Outline
from schemas.game.tables import GAME_SAMPLES
from sinks.game.levels import with_levels
from web.caller import Caller, Role, at_least
from web.tenancy import route

PATH: Final = "/dashboard/game"
MOST_LEVELS: Final = 200
MOST_VERSIONS: Final = 20
NEWEST: Final = 20
PLACES: Final = 12
MOST_SAMPLES: Final = 200_000
MOST_ON_HOME: Final = 5
DAY: Final = timedelta(days=1)
RATE_NAMES: Final = {"fps_mean": "mean", "fps_low_5": "low 5 %", "fps_low_1": "low 1 %"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; of an empty name the first there is, of an empty session none."""

    application: Application
    level: str
    session: str
    extent: Extent


@dataclass(frozen=True)
class Found:
    """What the page shows."""

    level: str
    levels: Sequence[str]
    heat: Heat
    sessions: Sequence[Mapping[str, Any]]
    model: Model | None
    plan: Plan | None
    rates: Rates | None
    cut: Sequence[str]
    """What there is too much of to be shown whole, in words."""

    @property
    def places(self) -> Sequence[Any]:
        """The squares with the most."""
        return self.heat.cells[:PLACES]


@dataclass(frozen=True)
class GamePages:
    """The page, and the panel of the home page."""

    stores: Stores
    positions: Positions

    def part(self) -> Part:
        """What the dashboard shows of game telemetry."""
        spec = route(PATH, self._page, roles=at_least(Role.ADMIN), action=RECORDS_LISTED)
        return Part((spec,), self._panel)

    async def _page(self, request: Request, caller: Caller) -> Response:
        query = request.query_params
        period = chosen(query, "period", tuple(PERIODS), DEFAULT_PERIOD)
        applications = await self._applications(caller.tenant)
        application = _chosen(applications, given(query, "app"))
        context = {"title": "Game", "applications": applications, "application": application, "periods": list(PERIODS)}
        if application is None:
            return page(request, caller, "game.html.j2", **context)
        now = self.stores.clock()
        extent = Extent(caller.tenant, "occurred_at", now - PERIODS[period], now + AHEAD)
        asked = Asked(application, given(query, "level"), given(query, "session"), extent)
        found = await self.stores.threaded(partial(self._found, asked))
        shown = {"found": found, "period": period, "session": asked.session, "rates": _chart(found.rates), "key": key()}
        return page(request, caller, "game.html.j2", **context, **shown)

    async def _panel(self, tenant: str) -> str:
        applications = (await self._applications(tenant))[:MOST_ON_HOME]
        now = self.stores.clock()
        counts = await self.stores.threaded(
            partial(self._counts, Extent(tenant, "occurred_at", now - DAY, now + AHEAD))
        )
        named = [(application, counts.get(application.id, 0)) for application in applications]
        return Markup(TEMPLATES.get_template("game_panel.html.j2").render(applications=named, path=PATH))

    async def _applications(self, tenant: str) -> Sequence[Application]:
        every: Sequence[Application] = await self.stores.threaded(self.stores.control.applications.list)
        return [application for application in every if application.tenant == tenant]

    def _counts(self, extent: Extent) -> Mapping[str, int]:
        rows = self.stores.tables.rows(STREAM.primary, extent)
        return dict(rows.group_by("app_id").agg(pl.len()).collect().iter_rows())

    def _found(self, asked: Asked) -> Found:
        events = self._of_application(asked)
        models = self.stores.control.models
        modelled = [model.level_name for model in models.page(asked.application.id, None, MOST_LEVELS)]
        levels = _levels(events, modelled)
        level = asked.level or (levels[0] if levels else "")
        here = events.filter(pl.col("level_id") == level)
        heat = self._heat(asked, level)
        versions = models.page(asked.application.id, level, MOST_VERSIONS)
        model = versions[0] if versions else None
        sampled = self._samples(asked) if asked.session else None
        samples = None if sampled is None else sampled.filter(pl.col("level_id") == level)
        paths = [] if samples is None else paths_of(samples)
        drawn = plan(f"Level {level} from above", heat, self._outline(versions), paths)
        rates = rates_of(samples) if samples is not None and samples.height else None
        return Found(level, levels, heat, _sessions(here), model, drawn, rates, list(_cut(sampled)))

    def _heat(self, asked: Asked, level: str) -> Heat:
        """What /api/analytics/heatmap counts of the level, in whole hours, which cells answer."""
        since = asked.extent.since.replace(minute=0, second=0, microsecond=0)
        whose = Whose(asked.application.tenant, asked.application.id)
        question = Question(level=level, period=Period(since, None))
        counts = self.positions.counted(whose, question)
        side = side_of(counts)
        if side > question.side:
            counts = self.positions.counted(whose, question._replace(side=side))
        return heat_of(counts, side)

    def _of_application(self, asked: Asked) -> pl.LazyFrame:
        rows = self.stores.tables.rows(STREAM.primary, asked.extent)
        return rows.filter(pl.col("app_id") == asked.application.id)

    def _samples(self, asked: Asked) -> pl.DataFrame:
        """Where those who call their session so went, and in which level."""
        theirs = (pl.col("app_id") == asked.application.id) & (pl.col("session_id") == asked.session)
        samples = self.stores.tables.rows(GAME_SAMPLES, asked.extent).filter(theirs).head(MOST_SAMPLES).collect()
        events = self.stores.tables.rows(STREAM.primary, _before(asked.extent)).filter(theirs).collect()
        return with_levels(samples, events)

    def _outline(self, versions: Sequence[Model]) -> Outline | None:
        """Of the newest version that has one; one that is on its way out is none."""
        name = next((model.outline for model in versions if model.outline is not None), None)
        if name is None:
            return None
        try:
            return msgspec.json.decode(self.stores.blobs.read(name), type=Outline)
        except BlobMissing:
            return None


def _cut(samples: pl.DataFrame | None) -> Iterator[str]:
    if samples is not None and samples.height == MOST_SAMPLES:
        yield f"Only {MOST_SAMPLES:,} of the session's samples are drawn."


def _before(extent: Extent) -> Extent:
    """A session may have named its level before the period began."""
    return Extent(extent.tenant, extent.time, extent.since - DAY, extent.until)


def _chosen(applications: Sequence[Application], wanted: str) -> Application | None:
    """The one that the address names; the first where it names none."""
    if not wanted:
        return applications[0] if applications else None
    return next((each for each in applications if each.id == wanted), None)


def _levels(events: pl.LazyFrame, modelled: Sequence[str]) -> Sequence[str]:
    """Those with the most events, and those that have a model."""
    named = events.filter(pl.col("level_id").is_not_null()).group_by("level_id").agg(pl.len())
    busiest = named.sort("len", "level_id", descending=[True, False]).head(MOST_LEVELS).collect()
    return list(dict.fromkeys([*busiest["level_id"], *modelled]))


def _sessions(events: pl.LazyFrame) -> Sequence[Mapping[str, Any]]:
    """The newest in a level, without their players: the page says where they went, not who they are."""
    counted = events.filter(pl.col("session_id").is_not_null()).group_by("session_id")
    began: pl.Expr = pl.col("occurred_at").min().alias("began")
    newest = counted.agg(began, pl.len().alias("events")).sort("began", "session_id", descending=True).head(NEWEST)
    return newest.collect().to_dicts()


def _chart(rates: Rates | None) -> Markup | None:
    if rates is None or not rates.seconds:
        return None
    series = {RATE_NAMES[name]: _points(rates.seconds, values) for name, values in rates.series.items()}
    said = {name: points for name, points in series.items() if points}
    return over_time("Frame rates of the session, by seconds since it began", said, "frames/s")


def _points(seconds: Sequence[float], values: Sequence[float | None]) -> Sequence[tuple[float, float]]:
    """Those that were said, at their times."""
    return [(at, value) for at, value in zip(seconds, values, strict=True) if value is not None]
