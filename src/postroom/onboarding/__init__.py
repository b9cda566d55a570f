"""Before an account exists: trying settings, and saying what is wrong with them."""
