"""Delivery: routes events to lanes and posts each lane in order, one request at a time."""
