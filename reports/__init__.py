"""Pages, documents, plots and words of motion reports."""
