"""Other engines on the same messages of the same Kafka, beside our flow."""
