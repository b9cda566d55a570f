"""Words from outside and words to the outside: made fit to be stored and shown, with no secret in them."""
