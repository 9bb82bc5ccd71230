"""The verbs that flows share."""
