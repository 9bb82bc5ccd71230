"""What capture answers to the keys of projects."""

from query_api.answers import Answers, Stores
from query_api.capture.figures import FigureRoutes
from query_api.capture.gdpr import gdpr_routes
from query_api.capture.heatmap import Heatmap
from query_api.capture.ordered import ordered_funnel
from query_api.capture.pages import CapturePages
from query_api.capture.sessions import SessionRoutes


def answers(stores: Stores) -> Answers:
    """The routes, and the pages of the dashboard."""
    heatmap, figures = Heatmap(stores), FigureRoutes(stores)
    routes = [*SessionRoutes(stores).routes(), *heatmap.routes(), *figures.routes(), ordered_funnel(stores)]
    part = CapturePages(stores, heatmap.clicks, figures.kept).part()
    return Answers([*routes, *gdpr_routes(stores)], part=part)
