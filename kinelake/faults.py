"""What can go wrong at the front door.

Terminal
├── BadSettings       a setting that is unknown, wrong or cannot be read
├── FolderInUse       another `kinelake up` works in the data folder
├── FolderTooNew      a newer Kinelake wrote the data folder
├── FolderUnusable    the data folder cannot be made or written
├── LogNotDrained    the log holds messages of version 0.1 that are in no table yet
├── BadKeyHash        the hash of an API key is none that can be taken over
├── ApplicationTaken   another organisation has the id of the published example's application
├── NotInDevelopment  an issuer is set, so this installation signs no tokens
├── UnknownTable      no table has that name
├── UnknownFlow       no stream has that name
├── NoExampleTraffic  a stream declares no example traffic
├── RoleFailed        a role did not become ready
└── FlowsInTrouble    flows do not run, by name; requests are answered all the same
UserWarning
└── UnknownSettingWarning   a name that is no setting, where one only reads
"""

from schemas.shared.faults import Terminal


class BadSettings(Terminal):
    """A setting is unknown, has a wrong value, or its file cannot be read."""


class FolderInUse(Terminal):
    """Another `kinelake up` holds the data folder's lock."""


class FolderTooNew(Terminal):
    """The data folder's format is one that this version does not know."""


class FolderUnusable(Terminal):
    """The data folder cannot be made or written."""


class LogNotDrained(Terminal):
    """Version 0.1 accepted messages that it has not put into tables, and this version cannot read them."""


class BadKeyHash(Terminal):
    """What should be the hash of an API key is none, or one that takes too long to try."""


class BadOrigin(Terminal):
    """What should be the origin of pages is none."""


class BadCategory(Terminal):
    """What should be a category of consent with its level is none."""


class ApplicationTaken(Terminal):
    """Another organisation has the application whose id stands in the published example."""


class NotInDevelopment(Terminal):
    """Tokens come from the issuer that is set, not from this command."""


class UnknownTable(Terminal):
    """No stream declares a table of that name."""


class UnknownFlow(Terminal):
    """No stream has that name."""


class NoExampleTraffic(Terminal):
    """A stream declares no example traffic, or none that can go straight to the log."""


class RoleFailed(Terminal):
    """A role ended before it was ready."""


class FlowsInTrouble(Terminal):
    """Flows do not run in a process that is alive; what they are owed waits on the log."""


class UnknownSettingWarning(UserWarning):
    """A variable or a key looks like a setting and is none; reading goes on without it."""
