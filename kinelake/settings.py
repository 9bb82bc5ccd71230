"""All settings as one frozen object, composed of each room's own options; where each value came from is kept.

Precedence: command line > environment (KINELAKE_<NAME>) > kinelake.toml > derived from the data folder > default.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError, create_model

from blob_store.options import BlobOptions
from control.options import ControlOptions
from event_log.options import LogOptions
from flows.conveyor.options import FlowOptions
from ingest_gateway.options import GatewayOptions
from jobs.maxmind.options import MaxMindOptions
from jobs.options import JobOptions
from jobs.retention_options import RetentionOptions
from kinelake.faults import BadSettings
from kinelake.options import FrontOptions
from query_api.options import QueryOptions
from schemas.shared.discovery import declared_alone
from sinks.options import SinkOptions
from web.options import WebOptions

PREFIX = "KINELAKE_"
FILE = Path("kinelake.toml")
FILE_VARIABLE = f"{PREFIX}CONFIG"
OF_THE_TESTS = (f"{PREFIX}TEST_", f"{PREFIX}CHAOS_", f"{PREFIX}BENCH_")
"""Variables that steer the project's own tests and measurements; no settings."""

BARE: Mapping[str, str] = {name: name.lower() for name in ("RATE_LIMIT_REQUESTS", "RATE_LIMIT_INTERVAL")}
"""Variables without the prefix, as other services call them, and their settings; one with the prefix goes first."""

OF_STREAMS: Mapping[str, type[BaseModel]] = {
    f"{stream.capitalize()}, {chapter}": options
    for room, chapter in {
        "ingest_gateway": "gateway",
        "flows": "flow",
        "sinks": "tables",
        "query_api": "queries",
        "jobs": "jobs",
    }.items()
    for stream, options in declared_alone(room, "OPTIONS", "options").items()
}
"""Chapter → the settings that a stream brings: OPTIONS in the module `options` of its package in a room."""

ROOMS: Mapping[str, type[BaseModel]] = {
    "Installation": FrontOptions,
    "Log": LogOptions,
    "Control store": ControlOptions,
    "Blobs": BlobOptions,
    "HTTP": WebOptions,
    "Gateway": GatewayOptions,
    "Flows": FlowOptions,
    "Tables": SinkOptions,
    "Queries": QueryOptions,
    "Jobs": JobOptions,
    "MaxMind": MaxMindOptions,
    "Retention": RetentionOptions,
    **OF_STREAMS,
}
"""Chapter of the reference → the options it holds, in the order of the data path, the streams' own last."""

if TYPE_CHECKING:

    class StreamOptions(BaseModel):
        """Made of what there is when it is imported."""

else:
    StreamOptions = create_model("StreamOptions", __base__=tuple(OF_STREAMS.values()) or BaseModel)

Room = TypeVar("Room", bound=BaseModel)


class Settings(
    FrontOptions,
    LogOptions,
    ControlOptions,
    BlobOptions,
    WebOptions,
    GatewayOptions,
    FlowOptions,
    SinkOptions,
    QueryOptions,
    JobOptions,
    MaxMindOptions,
    RetentionOptions,
    StreamOptions,
    frozen=True,
    extra="forbid",
):
    """Every setting by its flat name. It is each room's options too; `room` gives them alone."""

    def room(self, options: type[Room]) -> Room:
        """The settings of one room, or of one stream in it."""
        return options.model_validate({name: getattr(self, name) for name in options.model_fields})


@dataclass(frozen=True)
class Effective:
    """The settings in force, and by name where each value came from."""

    settings: Settings
    origins: Mapping[str, str]


@dataclass(frozen=True)
class _Layer:
    origin: str
    values: Mapping[str, Any]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def refuse(unknown: str) -> NoReturn:
    """What a service does about a name that is no setting: it may be a setting misspelt, and so not in force."""
    raise BadSettings(unknown)


def load(
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    unknown: Callable[[str], None] = refuse,
) -> Effective:
    """The settings in force; values of None on the command line were not given.

    `unknown` hears of each place with names that are no settings, and the nearest known ones. Who only reads may be
    content with a warning.

    Raises:
        BadSettings: an unknown name, unless `unknown` lets it pass; a wrong value, an unreadable file.
    """
    variables = os.environ if environment is None else environment
    layers = [
        _Layer("command line", {name: value for name, value in (command_line or {}).items() if value is not None}),
        _Layer("environment", _from_environment(variables, unknown)),
        _file_layer(variables, unknown),
    ]
    given = [*layers, _Layer("default", {"data": FrontOptions().data})]
    return _effective([*layers, _Layer("data folder", derived(Path(_first("data", given))))])


def derived(data: Path) -> dict[str, Any]:
    """Where everything lies when only the data folder is named."""
    folder = data.expanduser().absolute()
    return {
        "data": folder,
        "log_url": f"sqlite:///{folder / 'log.db'}",
        "control_url": f"sqlite:///{folder / 'control.db'}",
        "tables_url": str(folder / "tables"),
        "blobs_url": str(folder / "blobs"),
        "run_folder": folder / "run",
    }


def _first(name: str, layers: Iterable[_Layer]) -> Any:
    return next(layer.values[name] for layer in layers if name in layer.values)


def _effective(layers: list[_Layer]) -> Effective:
    found = {name: layer for layer in reversed(layers) for name in layer.values}
    values = {name: layer.values[name] for name, layer in found.items()}
    # whoever named the folder: its absolute form goes to child processes, whose working directory may differ
    values["data"] = Path(values["data"]).expanduser().absolute()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise BadSettings("\n".join(_explained(error, found))) from None
    origins = {name: found[name].origin if name in found else "default" for name in Settings.model_fields}
    return Effective(settings, origins)


def _from_environment(variables: Mapping[str, str], unknown: Callable[[str], None]) -> dict[str, Any]:
    """An empty variable counts as not set, as compose files pass them."""
    ours = {name: value for name, value in variables.items() if name.startswith(PREFIX) and value != ""}
    settings = {name: value for name, value in ours.items() if name != FILE_VARIABLE}
    named = {name: value for name, value in settings.items() if not name.startswith(OF_THE_TESTS)}
    bare = {setting: variables[name] for name, setting in BARE.items() if variables.get(name, "") != ""}
    values = {**bare, **{name.removeprefix(PREFIX).lower(): value for name, value in named.items()}}
    return _known(values, "the environment", variable, unknown)


def _file_layer(variables: Mapping[str, str], unknown: Callable[[str], None]) -> _Layer:
    named = variables.get(FILE_VARIABLE)
    path = Path(named) if named else FILE
    if not named and not path.exists():
        return _Layer(str(path), {})
    return _Layer(str(path), _known(_parsed(path), str(path), str, unknown))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise BadSettings(f"{path}, the settings file of {FILE_VARIABLE}, cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is no TOML: {error}") from error


def _known(
    values: Mapping[str, Any], where: str, spelled: Callable[[str], str], unknown: Callable[[str], None]
) -> dict[str, Any]:
    strange = sorted(values.keys() - Settings.model_fields.keys())
    if strange:
        unknown(
            "\n".join(f"{where} has {spelled(name)}, which is no setting{_nearest(name, spelled)}" for name in strange)
        )
    return {name: value for name, value in values.items() if name not in strange}


def _nearest(name: str, spelled: Callable[[str], str]) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    return f"; did you mean {spelled(close[0])}?" if close else "; `kinelake config show` lists them all"


def _explained(error: ValidationError, found: Mapping[str, _Layer]) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        origin = found[name].origin if name in found else "default"
        yield f"{variable(name)} ({origin}): {detail['msg']}"
