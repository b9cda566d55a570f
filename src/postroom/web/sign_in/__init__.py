"""The pages of the hosted sign-in and of the OAuth2 consent."""
