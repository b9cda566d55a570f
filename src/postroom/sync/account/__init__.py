"""The sync of one account: its folders, and which of them is looked at when."""
