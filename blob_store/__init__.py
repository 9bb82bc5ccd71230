"""Files too large for rows, behind one URL: a folder, s3://, gs:// or az://."""
