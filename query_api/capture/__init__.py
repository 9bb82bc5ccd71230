"""What capture answers to the keys of projects: sessions, videos, heatmaps, funnels, statistics."""
