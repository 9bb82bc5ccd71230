"""Clients that others wrote, as their registries have them, against a whole Kinelake."""
