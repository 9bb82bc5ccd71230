"""What there is of a person, whatever stream it came by: found by what tables declare, and written as it is read."""
