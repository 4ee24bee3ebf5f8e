"""Reports rated by people: a page to rate on, and what several readers' answers come to."""
