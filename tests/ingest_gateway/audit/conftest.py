"""The gateway as its audit routes are tested: who posts is the Core API, by a token for systems."""

from typing import Any

from tests.ingest_gateway.conftest import Gateway

PATH = "/v1/audit/ingest"
HASH = "0123456789abcdef" * 4


def core_api(gateway: Gateway, **more: Any) -> str:
    """Its Authorization."""
    return f"Bearer {gateway.site.token(**{'sub': 'core-api', 'role': 'system', **more})}"


def entry(**fields: Any) -> dict[str, Any]:
    """A valid entry; fields set to ... are left out."""
    body = {
        "action": "patient.view",
        "resource_type": "patient",
        "resource_id": "patient-123",
        "status": "success",
        "status_code": 200,
        "metadata": {"fields_accessed": ["name", "treatment_plans"]},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}
