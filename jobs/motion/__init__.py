"""The work of motion: what becomes of films."""
