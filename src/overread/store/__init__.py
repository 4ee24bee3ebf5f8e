"""What is kept: the case store, pictures and masks by their content, and the one folder that holds it all."""
