"""The contract: one file per stream; validation, OpenAPI, table schemas and the data dictionary are derived."""
