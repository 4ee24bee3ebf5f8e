"""What looks at a study: each file is one tool, named in a profile, whose `run` turns an image into evidence."""
