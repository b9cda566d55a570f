"""Registration by OAuth2 consent."""
