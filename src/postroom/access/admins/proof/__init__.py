"""The proofs that somebody is the operator: the password, and the code of an authenticator app or a recovery code."""
