"""The rules of delivery: what an attempt makes of a message, when it is tried again, what a provider allows. Pure."""
