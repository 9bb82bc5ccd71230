"""The page of a session for a coach: the film beside its curves, behind a link that ends."""
