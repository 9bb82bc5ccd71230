"""The commands, one file per group. Heavy imports stand inside the functions, so that `--help` is there at once."""
