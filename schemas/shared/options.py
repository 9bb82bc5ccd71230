"""Settings by the type that declares them, for rooms that do not know who has read them."""

from typing import Protocol, TypeVar

from pydantic import BaseModel

Options = TypeVar("Options", bound=BaseModel)


class OptionsOf(Protocol):
    """The settings in force, by the type of the options that declare them."""

    def __call__(self, options: type[Options], /) -> Options:
        """Those of one room, or of one stream in it."""
        ...


def by_default(options: type[Options], /) -> Options:
    """Every setting at its default."""
    return options()
