"""The operations by their nouns, as clients offer them."""
