"""A running installation with two people whose every word is unmistakable, to forget one of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from kinelake.api_keys import create_key, kinds
from kinelake.balance import balance, position
from kinelake.installation import Installation
from schemas.shared.stream import streams
from tests.kit.erasing import DONE, Rounds
from tests.kit.planted import CLICK, FAMILIES, Planted, Sending
from tests.kit.planted_films import Filming
from tests.kit.running import waiting
from tests.kit.scanning import Scanner
from tests.kit.site import ORGANISATION, Site

LATER_HOURS = 25
"""When older versions may go."""

Places = Mapping[str, set[str]]


@dataclass
class World:
    """A running installation with two people, and the key that reaches all of it."""

    site: Site
    installation: Installation
    sending: Sending
    roles: ExitStack
    flows: Any
    alice: Planted = field(default_factory=partial(Planted, "alice"))
    bob: Planted = field(default_factory=partial(Planted, "bob"))

    @cached_property
    def scanner(self) -> Scanner:
        """Of all that both are called and have said."""
        return Scanner([word for who in (self.alice, self.bob) for word in (who.user_id, *who.words.values())])

    def scan(self) -> Places:
        """Word → the places where it stands, in the data folder and in what the roles printed."""
        places: dict[str, set[str]] = {}
        for each in self.scanner.folder(self.site.data.parent):
            places.setdefault(each.word, set()).add(each.place)
        return places

    def settled(self) -> bool:
        """Whether nothing is on its way to a table."""
        return all(balance(self.installation, position(self.installation, name)).in_flight == 0 for name in streams())

    def ask(self, method: str, path: str) -> Any:
        """With the key; again where the tables do not have yet what was written last."""
        with self.sending.keyed() as client:
            answer = waiting(lambda: None if (got := client.request(method, path)).status_code == 503 else got)
        return answer.raise_for_status()

    def exported(self, who: Planted) -> bytes:
        content: bytes = self.ask("POST", f"/v1/gdpr/export/{who.user_id}").content
        return content

    def clicks(self) -> int:
        """How often the place was clicked that everybody clicks."""
        points = self.ask("GET", "/v1/analytics/heatmap").json()["points"]
        return sum(point["count"] for point in points if (point["x"], point["y"]) == CLICK)

    def restart_flows(self) -> None:
        """After kill -9."""
        self.flows.kill()
        self.flows.wait()
        self.flows = self.roles.enter_context(self.site.role("flows"))

    def erase(self) -> str:
        """Begins to forget alice; where that says how far it is."""
        where: str = self.ask("DELETE", f"/v1/gdpr/delete/{self.alice.user_id}").headers["Location"]
        return where

    def clean(self, job: Rounds) -> None:
        """Rounds until the tables are clean."""
        waiting(lambda: job.one() == DONE and self._state() == "tables_clean")

    def finish(self, job: Rounds) -> None:
        """Rounds of a day later until nothing is left."""
        waiting(lambda: job.one(LATER_HOURS) == DONE and self._state() == "finished")

    def _state(self) -> str:
        (newest,) = self.installation.control.erasures.newest(1)
        return newest.state


@contextmanager
def living(site: Site, families: Sequence[str] = FAMILIES, flows: str = "flows") -> Iterator[World]:
    """Two people have sent through these families, and all of it is in the tables."""
    with site.installation() as installation, ExitStack() as roles:
        installation.control.organisations.create(ORGANISATION)
        project = installation.control.projects.create(ORGANISATION, "shop", 2)
        _, key = create_key(installation, kinds()["capture"], project, "gdpr:org")
        roles.enter_context(site.role("web"))
        filming = Filming(installation, f"http://127.0.0.1:{site.port}", ORGANISATION)
        sending = Sending(site, key, filming)
        made = World(site, installation, sending, roles, roles.enter_context(site.role(flows)))
        for who in (made.alice, made.bob):
            made.sending.everything(who, families)
        waiting(made.settled)
        yield made
