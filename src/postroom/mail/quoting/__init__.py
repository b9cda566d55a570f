"""What a sender wrote himself, apart from the mail that he answers and from his signature. Pure."""
