"""What can go wrong in the control store.

Terminal
├── ControlTooNew        the store was written by a newer Kinelake
├── OrganisationExists   the name is taken
├── OrganisationUnknown  there is none of that name
├── ProjectExists        the organisation has one of that name
├── ProjectUnknown       there is none, or several organisations have one
├── ApplicationExists    the organisation has one of that name, or the id is taken
├── ApplicationUnknown   there is none, or several organisations have one
├── PersonExists         the organisation has somebody of that id
├── PersonUnknown        nobody of that id has a profile
├── KeyExists            the hash is another key's
├── KeyUnknown           there is none of that id
├── SessionErased        there was a session of that id, and nothing of it is kept
├── ModelsFull           the application has as many models as it may have
├── LeaseLost            another worker holds the job now
└── TooManyRecords       a person records consent again and again
Transient
└── ControlUnavailable   the database does not answer, is locked or full
"""

from schemas.shared.faults import Terminal, Transient


class ControlUnavailable(Transient):
    """The control database does not answer, is locked or cannot be written."""


class ControlTooNew(Terminal):
    """The control database has a schema that this version does not know."""


class OrganisationExists(Terminal):
    """An organisation of this name exists already."""


class OrganisationUnknown(Terminal):
    """There is no organisation of this name."""


class ProjectExists(Terminal):
    """The organisation has a project of this name already."""


class ProjectUnknown(Terminal):
    """No project has this name or id, or several organisations have one of this name."""


class ApplicationExists(Terminal):
    """The organisation has an application of this name already, or the id is another's."""


class ApplicationUnknown(Terminal):
    """No application has this name or id, or several organisations have one of this name."""


class SessionErased(Terminal):
    """There was a session of this id: it was erased, and none begins under its id again."""


class PersonExists(Terminal):
    """The organisation has a person of this id already."""


class PersonUnknown(Terminal):
    """Nobody of this id has a profile."""


class KeyExists(Terminal):
    """An API key with this hash is there already."""


class KeyUnknown(Terminal):
    """No API key has this id."""


class ModelsFull(Terminal):
    """The application has as many models, or as many bytes of them, as it may have."""


class LeaseLost(Terminal):
    """The job is no longer leased to this worker: its lease ran out and it was taken over, or it has ended."""


class TooManyRecords(Terminal):
    """A person has recorded more consent within a day than anybody means."""
