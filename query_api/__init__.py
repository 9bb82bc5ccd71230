"""Tables → HTTP: one file per API family. `Query` is the role: its routes, its readiness, its background work."""
