"""The move from EmailEngine: what it has is read, a plan is made of it, and the plan is carried out over the client."""
