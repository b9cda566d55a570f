"""HTTP sessions that connect only to addresses the policy allows."""
