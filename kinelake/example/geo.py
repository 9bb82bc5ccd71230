"""A geo database for the documentation networks, in the form of GeoLite2-City, so that examples show countries."""

from pathlib import Path
from typing import Any, Final

from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet

from kinelake.example.places import PLACES, Place

DESCRIPTION: Final = "Kinelake example data, synthetic"


def write_geo_database(path: Path) -> Path:
    """Write the example mmdb to `path`, replacing what is there, and return it.

    Raises:
        OSError: the folder does not exist or cannot be written.
    """
    writer = MMDBWriter(
        ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City", languages=["en"], description=DESCRIPTION
    )
    for place in PLACES:
        writer.insert_network(IPSet([_ipv6(network) for network in place.networks]), _record(place))
    partial = path.with_name(f"{path.name}.partial")
    writer.to_db_file(str(partial))
    return partial.replace(path)


def _ipv6(network: str) -> IPNetwork:
    return IPNetwork(network).ipv6(ipv4_compatible=True)


def _record(place: Place) -> dict[str, Any]:
    country = {"iso_code": place.country, "names": {"en": place.country_name}}
    return {
        "continent": {"code": place.continent},
        "country": country,
        "registered_country": country,
        "subdivisions": [{"iso_code": place.region, "names": {"en": place.region_name}}],
        "city": {"names": {"en": place.city}},
        "location": {"latitude": place.latitude, "longitude": place.longitude, "time_zone": place.time_zone},
    }
