"""What callers may do with the folders of an account, on a connection that is lent to them."""
