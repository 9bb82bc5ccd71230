"""The dashboard of an organisation's administrators: pages rendered on the server, from tables and views alone."""
