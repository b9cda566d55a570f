"""The screens of accounts: the list of all, actions on many, and everything about one."""
