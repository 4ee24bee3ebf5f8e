"""Similar signed cases: an index over the store, exact search in it, and what may be shown of what is found."""
