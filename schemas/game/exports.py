"""Exports of what is accepted and not in the tables yet: where they lie, and what has them made."""

from typing import Final

EXPORT: Final = "game_export"
"""The kind of the job; there is one at a time, whoever wants it."""
FOLDER: Final = "exports/game"
"""Where the blob store has them, in a folder for each job."""
APP: Final = "app_id"
TENANT: Final = "tenant"
"""In the job's payload whose rows are wanted; empty for everybody's."""
ASKED: Final = "asked"
"""In the job's payload, by which request: who asks while another's is open learns so by it."""
