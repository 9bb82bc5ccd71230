"""What is drawn on a film: skeleton, angles, traces, phase and count, each only where it was measured."""

from jobs.video.overlay.overlay import Overlay

__all__ = ["Overlay"]
