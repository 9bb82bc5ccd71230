"""What can go wrong with flows beyond what the log, the tables and control say.

Terminal
└── GeoUnreadable    a file is no geo database
Transient
├── FlowNotRunning   a flow of this process does not run now; the message says why
└── GeoUnavailable   the geo database in force cannot be had from the blob store as it was put there
"""

from schemas.shared.faults import Terminal, Transient


class FlowNotRunning(Transient):
    """A flow of this process does not run now: it is starting, waits to start again, or has ended for good."""


class GeoUnreadable(Terminal):
    """A file, such as that of KINELAKE_GEO_DATABASE, is no geo database."""


class GeoUnavailable(Transient):
    """The blob store does not have the geo database that is in force, or has another in its place."""
