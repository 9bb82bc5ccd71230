"""The errors flow: reports → error_reports, as they are: masked before they lay on the log."""

from flows.steps.head import Flow

FLOW = Flow()
