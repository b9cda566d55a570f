"""What is stored about the folders of an account: the rows that the sync writes, and the numbers in message ids."""
