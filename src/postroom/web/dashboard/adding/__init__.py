"""The pages that add an account: its address, its servers, a trial, and the consent of an OAuth2 provider."""
