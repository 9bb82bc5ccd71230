"""What capture's reading routes answer, in plain Python: read it beside the project's description of capture."""
