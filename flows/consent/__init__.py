"""The consent flow, consent → consent_records, and the records as every flow decides by them."""

from flows.consent.records import LogRecords
from flows.steps.head import Flow

FLOW = Flow()

RECORDS = LogRecords
"""What a process makes for all its flows, of the log's settings, the tables' location and a clock."""
