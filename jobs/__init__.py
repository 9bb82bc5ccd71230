"""Leased work: one file per kind; `kinelake worker` runs it."""
