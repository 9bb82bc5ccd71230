"""Snatch, clean, and clean and jerk."""
