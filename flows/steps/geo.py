"""Where the client was: geoip2 over an mmdb, once per distinct address; an excluded address gets no geo columns.

Place and prefix are those of the address that counts (`flows.steps.addresses`); the exclusion list is asked about it
and about the address as it came, and either excludes.
"""

from collections.abc import Sequence
from typing import Any

import geoip2.models
import polars as pl

from flows.conveyor.metrics import GEO_LOOKUPS
from flows.faults import GeoUnreadable
from flows.steps.addresses import Address, counted, packed, prefix
from flows.steps.places import Current
from schemas.shared.envelope import GEO_COLUMNS

GEO_SCHEMA = pl.Schema({column.name: column.dtype for column in GEO_COLUMNS} | {"privacy_excluded": pl.Boolean})
_UNKNOWN: dict[str, Any] = dict.fromkeys(GEO_SCHEMA)


class Geo:
    """Looks addresses up; without a database every row is flagged `geo_unavailable`, and that is no error."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._known = current()

    def renewed(self) -> bool:
        """Takes up what is known now; whether that is something else than before."""
        before, self._known = self._known, self._current()
        return self._known is not before

    def columns(self, addresses: Sequence[str]) -> pl.DataFrame:
        """One row of geo columns per address, in the given order."""
        counting = [counted(address) for address in addresses]
        excluded = self._known.excluded.hold([packed(address) for address in addresses])
        excluded |= self._known.excluded.hold([address.packed if address else b"" for address in counting])
        return pl.DataFrame(list(map(self._row, counting, excluded.tolist())), schema=GEO_SCHEMA)

    def _row(self, address: Address | None, excluded: bool) -> dict[str, Any]:
        reader = self._known.reader
        place = {"ip_prefix": prefix(address), "privacy_excluded": excluded, "geo_unavailable": reader is None}
        if excluded:
            GEO_LOOKUPS.labels("excluded").inc()
            return _UNKNOWN | place
        try:
            found = None if reader is None or address is None else reader.city(address)
        except GeoUnreadable:
            # one damaged record of a database that opened: events go on, and say that they have no place
            GEO_LOOKUPS.labels("unreadable").inc()
            return _UNKNOWN | place | {"geo_unavailable": True}
        GEO_LOOKUPS.labels("found" if found else "unknown" if reader else "unavailable").inc()
        return _UNKNOWN | place | (_place(found) if found else {})


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
