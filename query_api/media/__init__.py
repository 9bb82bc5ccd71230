"""The media family's answers from its tables."""
