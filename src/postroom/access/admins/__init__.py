"""Who may use the dashboard: the operator's password and authenticator app, sessions of browsers, delays."""
