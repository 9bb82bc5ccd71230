"""What a project's key may have done with a person: their export, their erasure, and the audit of both."""

from query_api.capture.gdpr.operator import Operator as OPERATOR
from query_api.capture.gdpr.routes import gdpr_routes

__all__ = ["OPERATOR", "gdpr_routes"]
