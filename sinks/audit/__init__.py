"""The audit log at rest: whether its chains are whole, and what an erasure leaves of a row."""
