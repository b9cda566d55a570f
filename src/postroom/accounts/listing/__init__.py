"""The list of accounts: pages cut from it by filter and order, and how many accounts there are of each kind."""
