"""The geographic risk review: sources, rules, flags, tiers, origins and the open list."""
