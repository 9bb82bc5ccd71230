"""Example analytics: what a person does on a visit (`visit`), days of it (`traffic`), and on the log (`messages`)."""

from kinelake.example.analytics.messages import log_messages
from kinelake.example.analytics.traffic import AnalyticsTraffic
from kinelake.example.traffic import Example
from schemas.analytics import STREAM

__all__ = ["TRAFFIC"]

TRAFFIC = (
    Example[AnalyticsTraffic](STREAM, AnalyticsTraffic, messages=log_messages, notebook="notebooks/telemetry.ipynb"),
)
