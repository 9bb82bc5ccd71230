"""The log on Apache Kafka, or whatever speaks its protocol."""
