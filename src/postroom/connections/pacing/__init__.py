"""How many sign-ins may be in progress, and which one is next."""
