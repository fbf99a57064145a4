"""What dirty films are made of, a file for each kind of carrier; `tests.film_dirt` puts them together."""
