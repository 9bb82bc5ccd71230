"""HTTP → log, thin: authenticate, decide consent, validate, publish, answer.

`POST stream.path` for every stream in `schemas`. A 202 leaves when the events are durable on the log; a 4xx was never
published; after a 5xx an event may be on the log at most once, and is exactly once after a retry with its id.
"""
