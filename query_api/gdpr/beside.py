"""What streams know of a person beside rows of tables, as parts of an export: `BESIDE` in `query_api.<stream>.gdpr`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from control.store import Control
from query_api.gdpr.person import Person
from schemas.shared.discovery import declared_in

Link: TypeAlias = Callable[[str], str | None]
"""Of a blob the address at which it can be had for a while, None where there is none."""


class Files(NamedTuple):
    """Addresses of a person's files, and the blobs below a folder."""

    link: Link
    names: Callable[[str], Sequence[str]]


def no_link(blob: str) -> None:
    """Where nobody serves files."""


def _no_names(folder: str) -> Sequence[str]:
    return ()


NO_FILES: Final = Files(no_link, _no_names)
"""Where nobody serves files, none are looked for."""


class Beside(Protocol):
    """A stream's; both raise ControlUnavailable."""

    def known(self, control: Control, person: Person) -> bool:
        """Whether there is anything of them."""

    def written(self, control: Control, person: Person, files: Files) -> Iterator[bytes]:
        """One JSON value that has all of it, in pieces."""


def beside() -> Mapping[str, Beside]:
    """By the stream's name."""
    return declared_in("query_api", "BESIDE", "gdpr")
