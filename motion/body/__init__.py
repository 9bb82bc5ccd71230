"""A body in a film before any activity looks at it: landmarks, angles, segments, scale."""
