"""Where messages went that left their place."""
