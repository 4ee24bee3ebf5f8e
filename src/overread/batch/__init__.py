"""Many cases in one go: what the inputs mean, the threads that read them, and a summary that survives any kill."""
