"""Whether an answer is a refusal in its family's shape.

That is a problem document, one text, one text with what is wrong field by field, a code with a message, which may stand
beside `success`, or a page of the dashboard.
"""

import httpx

from tests.kit.whole import Known

PROBLEM = "application/problem+json"
LEFT = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
MEMBERS = ["type", "title", "status", "code", "detail"]
"""Those that every problem document begins with (RFC 9457 and the family's code)."""


def flaw(answer: httpx.Response, known: Known, status: int, code: str = "") -> str:
    """What is wrong with a refusal; "" where nothing is."""
    if answer.status_code != status:
        return f"{answer.status_code} for {status}: {answer.text[:200]}"
    if "X-Request-Id" not in answer.headers:
        return "no request id"
    if known.by_key and not set(answer.headers) >= LEFT:
        return "nothing is said of what is left"
    if answer.request.method == "HEAD":
        return ""
    if known.by_key:
        return _one_text_flaw(answer, status)
    if known.by_person:
        return _by_field_flaw(answer, status)
    if known.by_application:
        return _coded_flaw(answer, status, code)
    if known.of_segment:
        return _unsuccessful_flaw(answer, code)
    return _page_flaw(answer) if known.of_dashboard or known.by_link else _document_flaw(answer, status, code)


def _document_flaw(answer: httpx.Response, status: int, code: str) -> str:
    if answer.headers["Content-Type"] != PROBLEM:
        return answer.headers["Content-Type"]
    body = answer.json()
    if list(body)[: len(MEMBERS)] != MEMBERS or body["status"] != status:
        return answer.text[:200]
    if not body["detail"] or (code and body["code"] != code):
        return f"{body['code']}: {body['detail']}"
    return "400 names no field" if status == 400 and not body.get("errors") else ""


def _one_text_flaw(answer: httpx.Response, status: int) -> str:
    body = answer.json()
    if answer.headers["Content-Type"] != "application/json" or list(body) != ["error"] or not body["error"]:
        return answer.text[:200]
    return "400 names no field" if status == 400 and ": " not in body["error"] else ""


def _by_field_flaw(answer: httpx.Response, status: int) -> str:
    body = answer.json()
    members = ["error", *(["errors"] if "errors" in body else [])]
    if answer.headers["Content-Type"] != "application/json" or list(body) != members or not body["error"]:
        return answer.text[:200]
    if status != httpx.codes.BAD_REQUEST and "errors" in body:
        return answer.text[:200]
    texts = [text for field in body.get("errors", {}).values() for text in field]
    return "" if all(isinstance(text, str) and text for text in texts) else answer.text[:200]


def _coded_flaw(answer: httpx.Response, status: int, code: str) -> str:
    body = answer.json()
    members = ["error", "message"] + (["index", "field"] if status == 400 else [])
    if answer.headers["Content-Type"] != "application/json" or list(body) != members:
        return answer.text[:200]
    return "" if body["message"] and code in ("", body["error"]) else answer.text[:200]


def _unsuccessful_flaw(answer: httpx.Response, code: str) -> str:
    body = answer.json()
    if answer.headers["Content-Type"] != "application/json" or list(body) != ["success", "code", "message"]:
        return answer.text[:200]
    return "" if body["success"] is False and body["message"] and code in ("", body["code"]) else answer.text[:200]


def _page_flaw(answer: httpx.Response) -> str:
    if answer.status_code == httpx.codes.SEE_OTHER:
        return "" if answer.headers["Location"].startswith("/dashboard/login") else answer.headers["Location"]
    return "" if answer.headers["Content-Type"].startswith("text/html") else answer.headers["Content-Type"]
