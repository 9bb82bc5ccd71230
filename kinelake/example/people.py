"""Example people: a name that says so, an address of their place, a device."""

from dataclasses import dataclass
from ipaddress import ip_network
from random import Random
from typing import Final

from control.organisations import EXAMPLE
from kinelake.example.places import NOWHERE, PLACES, Place

ORGANISATION: Final = EXAMPLE

USER_AGENTS: Final = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1": 0.24,
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36": 0.26,
    "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36": 0.06,
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1": 0.08,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36": 0.16,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0": 0.06,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15": 0.08,
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36": 0.05,
    "ExamplePlayer/1.0": 0.01,
}
"""User-Agent → its share."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who watches: the token's `sub`, and what a request of theirs shows."""

    name: str
    place: Place
    address: str
    user_agent: str


def people(seed: int, count: int) -> list[Person]:
    """`count` example people, the same for the same seed."""
    random = Random(f"people:{seed}")
    places = (*PLACES, NOWHERE)
    chosen = random.choices(places, [place.weight for place in places], k=count)
    agents = random.choices(list(USER_AGENTS), list(USER_AGENTS.values()), k=count)
    return [
        Person(f"example-person-{number:05d}", place, _address(random, place), agent)
        for number, (place, agent) in enumerate(zip(chosen, agents, strict=True), start=1)
    ]


def _address(random: Random, place: Place) -> str:
    network = ip_network(random.choice(place.networks))
    return str(network[random.randrange(1, min(network.num_addresses, 2**32) - 1)])
