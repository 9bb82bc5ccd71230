"""Measurements, each with the floor it is compared to in the same run; none of them is a test."""
