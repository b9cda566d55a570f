"""Webhooks: routes events to endpoints, signs them, delivers them in order and retries."""
