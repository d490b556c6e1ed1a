"""Geographic risk review: rules as data, tiers by table, and the follow-up."""
