"""Where models answer: each file is one way to run or reach them, named in the roles of a profile."""
