"""The pages that change an account and repair its sign-in."""
