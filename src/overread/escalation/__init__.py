"""Critical results that nobody acknowledges climb a ladder: whom to tell after how long, kept in the store."""
