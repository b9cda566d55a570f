"""What is known of an account besides its settings: its last error, its server, its sync, its timeline."""
