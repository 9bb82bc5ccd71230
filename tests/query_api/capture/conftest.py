"""A query role that answers the keys of projects."""
