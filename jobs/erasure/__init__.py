"""What an erasure does once a person is hidden: tables, letters, blobs, control, the log, at last older versions."""
