"""Control: the small SQL store of what must be read back at once: tenants, watermarks, jobs, counters, heartbeats,
tombstones."""

from control.faults import ControlTooNew, ControlUnavailable, LeaseLost, OrganisationExists
from control.jobs import Job
from control.organisations import Organisation, subject_of
from control.store import Control
from control.tombstones import Tombstone
from control.watermarks import Watermark

__all__ = [
    "Control",
    "ControlTooNew",
    "ControlUnavailable",
    "Job",
    "LeaseLost",
    "Organisation",
    "OrganisationExists",
    "Tombstone",
    "Watermark",
    "subject_of",
]
