"""Settings of the front door: where the installation keeps its data and what its processes say."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class FrontOptions(BaseModel, frozen=True, extra="forbid"):
    """Where data lies, how logs look."""

    data: Path = Field(
        default=Path("data"),
        description="Data folder: the embedded log, the control store, tables, secrets. Deleting it is a clean start.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log lines that are written."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="Log lines as JSON or for people; auto writes for people on a terminal."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of the metrics and health of roles without HTTP routes of their own."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of the metrics and health of a flow or worker; none serves neither, 0 takes a free one. "
        "Not for `kinelake up`, which has all metrics at its one port.",
    )
