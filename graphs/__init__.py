"""The state machine of a case: `case` holds every node and edge; the other files are its state, nodes and routes."""
