"""The example geo database knows the documentation networks and says what it is."""

from pathlib import Path

import geoip2.database
import geoip2.errors
import pytest

from kinelake.example.geo import DESCRIPTION, write_geo_database
from kinelake.example.people import people
from kinelake.example.places import NOWHERE, PLACES


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_geo_database(tmp_path_factory.mktemp("geo") / "example.mmdb")


def test_every_person_is_found_where_they_are(database: Path) -> None:
    with geoip2.database.Reader(database) as reader:
        for person in people(3, 300):
            if person.place is not NOWHERE:
                found = reader.city(person.address)
                assert (found.country.iso_code, found.city.name) == (person.place.country, person.place.city)


def test_places_have_region_time_zone_and_coordinates(database: Path) -> None:
    with geoip2.database.Reader(database) as reader:
        found = reader.city("198.51.100.7")
    assert (found.country.iso_code, found.subdivisions.most_specific.iso_code) == ("US", "CA")
    assert (found.location.time_zone, found.location.latitude) == ("America/Los_Angeles", 37.77)
    assert {place.country for place in PLACES} >= {"RO", "IT", "US"}


@pytest.mark.parametrize("address", ["203.0.113.200", "2001:db8:ffff::1", "8.8.8.8"])
def test_other_addresses_are_unknown(database: Path, address: str) -> None:
    with geoip2.database.Reader(database) as reader, pytest.raises(geoip2.errors.AddressNotFoundError):
        reader.city(address)


def test_it_says_that_it_is_synthetic(database: Path) -> None:
    with geoip2.database.Reader(database) as reader:
        assert reader.metadata().description == {"en": DESCRIPTION}
        assert reader.metadata().database_type == "GeoLite2-City"


def test_it_replaces_an_older_one(database: Path) -> None:
    database.write_bytes(b"older")
    write_geo_database(database)
    assert database.stat().st_size > 1000
    assert list(database.parent.iterdir()) == [database]
