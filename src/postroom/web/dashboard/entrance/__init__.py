"""The way into the dashboard: the page of the sign-in, and the way to an OpenID provider and back."""
