"""rows → Delta tables exactly once, the table reader, upkeep."""
