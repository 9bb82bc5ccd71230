"""The log in one SQLite file: blocks of records, offsets per partition, several processes at once."""
