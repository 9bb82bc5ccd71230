"""The analytics flow: events → analytics_events, as they are."""

from flows.steps.head import Flow

FLOW = Flow()
