"""How many machines a reading room needs: service times, demand, waits by queueing theory, and a simulation of both."""
