"""The screens of webhooks: endpoints, their deliveries, and what is done with them."""
