"""A process whose models are loaded reads a case for another that has none: a socket in the home folder."""
