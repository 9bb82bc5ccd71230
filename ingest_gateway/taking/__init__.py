"""Taking a request in: its items, their ids, what is refused, and the records that go to the log."""
