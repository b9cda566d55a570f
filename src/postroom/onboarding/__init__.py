"""Before an account exists: finding servers, signing in, trying settings, and diagnosing what is wrong with them."""
