"""Where the client was: geoip2 over an mmdb, once per distinct address; an excluded address gets no geo columns.

Place and prefix are those of the address that counts (`flows.steps.addresses`); the exclusion list is asked about it
and about the address as it came, and either excludes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import geoip2.database
import geoip2.errors
import geoip2.models
import polars as pl

from flows.conveyor.metrics import GEO_LOOKUPS
from flows.steps.addresses import Address, counted, prefix
from schemas.shared.envelope import GEO_COLUMNS

GEO_SCHEMA = pl.Schema({column.name: column.dtype for column in GEO_COLUMNS} | {"privacy_excluded": pl.Boolean})
_UNKNOWN: dict[str, Any] = dict.fromkeys(GEO_SCHEMA)


class Exclusions(Protocol):
    """The privacy exclusion list."""

    def excluded(self, address: str) -> bool:
        """Whether the longest matching network of the list is active."""
        ...


class NoExclusions:
    """An empty exclusion list."""

    def excluded(self, address: str) -> bool:
        """Never."""
        return False


class Geo:
    """Looks addresses up; without a database every row is flagged `geo_unavailable`, and that is no error."""

    def __init__(self, database: Path | None, exclusions: Exclusions) -> None:
        self._reader = geoip2.database.Reader(database) if database else None
        self._exclusions = exclusions

    def columns(self, addresses: Sequence[str]) -> pl.DataFrame:
        """One row of geo columns per address, in the given order."""
        return pl.DataFrame([self._row(address) for address in addresses], schema=GEO_SCHEMA)

    def _row(self, text: str) -> dict[str, Any]:
        address = counted(text)
        place = {"ip_prefix": prefix(address), "privacy_excluded": False, "geo_unavailable": self._reader is None}
        if self._exclusions.excluded(text) or self._exclusions.excluded(str(address)):
            GEO_LOOKUPS.labels("excluded").inc()
            return _UNKNOWN | place | {"privacy_excluded": True}
        found = self._found(address)
        GEO_LOOKUPS.labels("found" if found else "unknown" if self._reader else "unavailable").inc()
        return _UNKNOWN | place | (_place(found) if found else {})

    def _found(self, address: Address | None) -> geoip2.models.City | None:
        if self._reader is None or address is None:
            return None
        try:
            return self._reader.city(address)
        except (geoip2.errors.AddressNotFoundError, ValueError):
            return None


def _place(city: geoip2.models.City) -> dict[str, Any]:
    return {
        "country_code": city.country.iso_code,
        "region_code": city.subdivisions.most_specific.iso_code,
        "city": city.city.name,
        "time_zone": city.location.time_zone,
        "latitude": _rounded(city.location.latitude),
        "longitude": _rounded(city.location.longitude),
    }


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 1)
