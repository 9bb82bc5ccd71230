"""Biomechanics from landmarks: segments, angles, phases, metrics, texts. Arrays in, frozen objects out; no I/O."""
