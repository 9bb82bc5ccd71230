"""What every stream is declared with: columns, envelope, the stream itself, validation, the message on the log."""
