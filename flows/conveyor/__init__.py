"""A flow's conveyor: its batches, where they come from, where they go, and what it remembers of repeats."""
