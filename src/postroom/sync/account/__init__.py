"""The sync of one account: its list of folders, and the order in which it visits them."""
