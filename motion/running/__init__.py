"""Running and walking, seen from the side."""
