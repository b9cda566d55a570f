"""Events posted to the programs that want them: routing, signing, delivery in order, retries, and the endpoints."""
