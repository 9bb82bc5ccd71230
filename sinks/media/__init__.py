"""Media sessions at rest: settled, in cells, and with their status now."""
