"""Prometheus metrics of the gateway beside those every HTTP room counts."""

from prometheus_client import Counter

CONSENT_REFUSALS = Counter(
    "kinelake_consent_refusals", "Requests refused because consent was too low; nothing of them is kept.", ["stream"]
)
