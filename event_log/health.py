"""Whether the log answers; its changes are logged once, not as often as they are noticed."""

import structlog

_log = structlog.get_logger()


class Health:
    """Up until told otherwise."""

    def __init__(self, who: str, topic: str | None = None) -> None:
        self._who = who
        self._topic = topic
        self.up = True

    def answers(self) -> None:
        """The log answered."""
        if not self.up:
            _log.info("log answers again", who=self._who, topic=self._topic)
        self.up = True

    def fails(self, reason: object) -> None:
        """The log did not answer; whoever asks tries on."""
        if self.up:
            _log.warning("log does not answer; trying on", who=self._who, topic=self._topic, reason=str(reason))
        self.up = False
