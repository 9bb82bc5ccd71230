"""Where example people are: networks reserved for documentation (RFC 5737, RFC 3849), each given to a place."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Network:
    """How good the connections of a place are.

    startup_ms: median time to the first frame. stalls_per_minute: of playing. top: highest rung of the bitrate ladder.
    """

    startup_ms: float
    stalls_per_minute: float
    top: int


GOOD: Final = Network(700, 0.05, 3)
FAIR: Final = Network(1300, 0.25, 2)
POOR: Final = Network(3200, 0.9, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its documentation networks; `weight` is its share of the people."""

    country: str
    country_name: str
    continent: str
    region: str
    region_name: str
    city: str
    time_zone: str
    latitude: float
    longitude: float
    networks: tuple[str, ...]
    weight: float
    network: Network = GOOD


PLACES: Final = (
    Place("RO", "Romania", "EU", "CJ", "Cluj", "Cluj-Napoca", "Europe/Bucharest", 46.77, 23.59,
          ("192.0.2.0/26", "2001:db8:1::/48"), 0.3),
    Place("IT", "Italy", "EU", "62", "Lazio", "Rome", "Europe/Rome", 41.89, 12.51,
          ("192.0.2.64/26", "2001:db8:2::/48"), 0.2, POOR),
    Place("US", "United States", "NA", "CA", "California", "San Francisco", "America/Los_Angeles", 37.77, -122.42,
          ("198.51.100.0/25", "2001:db8:3::/48"), 0.2, FAIR),
    Place("DE", "Germany", "EU", "BE", "Berlin", "Berlin", "Europe/Berlin", 52.52, 13.41,
          ("203.0.113.0/26", "2001:db8:4::/48"), 0.12),
    Place("FR", "France", "EU", "IDF", "Île-de-France", "Paris", "Europe/Paris", 48.86, 2.35,
          ("203.0.113.64/26", "2001:db8:5::/48"), 0.08),
    Place("ES", "Spain", "EU", "MD", "Madrid", "Madrid", "Europe/Madrid", 40.42, -3.7,
          ("203.0.113.128/26",), 0.05, FAIR),
    Place("PL", "Poland", "EU", "14", "Mazovia", "Warsaw", "Europe/Warsaw", 52.23, 21.01,
          ("192.0.2.128/26",), 0.03),
)  # fmt: skip

NOWHERE: Final = Place("", "", "", "", "", "", "", 0.0, 0.0, ("203.0.113.192/26", "2001:db8:ffff::/48"), 0.02, FAIR)
"""Addresses no database knows."""
