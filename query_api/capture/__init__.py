"""What capture answers to the keys of projects: sessions, videos, heatmaps, funnels, statistics."""

from query_api.answers import Answers, Stores
from query_api.capture.gdpr import gdpr_routes


def answers(stores: Stores) -> Answers:
    """The routes of a project's key."""
    return Answers(gdpr_routes(stores))


ANSWERS = answers
