"""Who may call the API: tokens, what they allow, and how they are kept."""
