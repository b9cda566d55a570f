"""What requests may hold and what answers look like; the OpenAPI document is made from these types."""
