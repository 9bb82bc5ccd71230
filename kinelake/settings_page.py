"""The settings for people: what is in force, and the reference page generated from the typed objects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from kinelake.settings import ROOMS, Effective, Settings, derived, variable

MASK = "********"
_PASSWORD = re.compile(r"(?P<before>://[^:/@\s]*:)[^@/\s]+(?=@)")
_SECRET_QUERY = re.compile(r"(?P<before>[?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """One setting as it is shown."""

    name: str
    variable: str
    value: str
    origin: str


def listed(effective: Effective) -> list[Listed]:
    """Every setting in the order of the reference, secrets masked."""
    return [
        Listed(name, variable(name), masked(getattr(effective.settings, name)), effective.origins[name])
        for options in ROOMS.values()
        for name in options.model_fields
    ]


def masked(value: Any) -> str:
    """The value as text; passwords in URLs and secrets are hidden."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return MASK
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return _SECRET_QUERY.sub(rf"\g<before>{MASK}", _PASSWORD.sub(rf"\g<before>{MASK}", text))


def reference() -> str:
    """docs/settings.md."""
    return "\n".join([_INTRODUCTION, *(_chapter(title, options) for title, options in ROOMS.items())])


_INTRODUCTION = """# Settings

Generated from the typed settings object; a test keeps this page equal to it.

A value comes from the first of: the command line, the environment (`KINELAKE_<NAME>`), `kinelake.toml` in the working
directory (or the file that `KINELAKE_CONFIG` names; keys are the names in lower case), the data folder, the default.
An unknown name is refused, in the file and in the environment; `kinelake.open` and the commands that only show
(`status`, `watch`, `tables`, `org list`, `config show`) warn and go on. An empty variable counts as not set.
`kinelake config show` prints what is in force and where it came from, `kinelake config check` says whether it works.
"""


def _chapter(title: str, options: type[BaseModel]) -> str:
    rows = (_row(name, field) for name, field in options.model_fields.items())
    head = ["| setting | default | what it does |", "|---|---|---|"]
    return "\n".join([f"## {title}", "", getdoc(options) or "", "", *head, *rows, ""])


def _row(name: str, field: FieldInfo) -> str:
    limits = "; ".join(_limits(field))
    description = (field.description or "").replace("|", "\\|")
    return f"| `{variable(name)}` | {_default(name, field)} | {description}{f' ({limits})' if limits else ''} |"


def _default(name: str, field: FieldInfo) -> str:
    if name in _DERIVED:
        return f"`{_DERIVED[name]}`"
    default = field.get_default(call_default_factory=True)
    if default is None or default is PydanticUndefined or default == ():
        return "–"
    return f"`{masked(default)}`"


def _limits(field: FieldInfo) -> Iterator[str]:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    for constraint in field.metadata:
        for attribute, sign in signs.items():
            limit = getattr(constraint, attribute, None)
            if limit is not None:
                yield f"{sign} {limit:,}"


def _relative() -> dict[str, str]:
    """The derived defaults with DATA for the data folder."""
    values = {name: str(value) for name, value in derived(Path("/DATA")).items() if name in Settings.model_fields}
    return {name: value.replace("/DATA", "DATA") for name, value in values.items() if name != "data"}


_DERIVED = _relative()
