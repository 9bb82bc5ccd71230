"""The media notebook, executed over what the real flow makes of the example traffic."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from event_log import LogOptions
from flows.options import FlowOptions
from flows.run import Wiring, conveyed, wired
from kinelake.example.geo import write_geo_database
from kinelake.installation import Installation, opened
from kinelake.playing import Wanted, play
from schemas.media import STREAM
from sinks.options import SinkOptions
from tests.flows.cases import _Until

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "media.ipynb"
