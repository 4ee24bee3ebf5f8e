"""Send what the outbox holds to named remote systems, and have them show that they have it."""
