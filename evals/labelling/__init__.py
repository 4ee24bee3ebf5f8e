"""Score what a classifier, a report model or the labeler says of labels against a benchmark's own."""
