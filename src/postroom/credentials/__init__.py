"""The credentials of an account: access tokens and their renewal, the authentication server, the sign-in."""
