"""Public benchmarks, one file each: the files that a user downloaded, read into one record."""
