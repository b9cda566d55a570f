"""Actions on many accounts: begun once, carried out one account after the other, with progress to be seen."""
