"""Countermovement and drop jumps."""
