"""What comes from MaxMind: the geo database and the list of privacy exclusions."""
