"""Example pose traffic: what a client's camera sees of a synthetic person (`films`), and many of those (`traffic`)."""

from kinelake.example.pose.traffic import PoseTraffic, log_messages
from kinelake.example.traffic import Example
from schemas.pose.frames import STREAM

__all__ = ["TRAFFIC"]

TRAFFIC = (Example[PoseTraffic](STREAM, PoseTraffic, messages=log_messages, notebook="notebooks/telemetry.ipynb"),)
