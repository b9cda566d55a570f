"""The web pages for people: the hosted sign-in."""
