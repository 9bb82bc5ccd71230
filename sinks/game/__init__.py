"""The game tables at rest."""
