"""How many sign-ins may be in progress, and whose turn it is."""
