"""What sessions say, in a form without secrets, for the protocol log of an account."""
