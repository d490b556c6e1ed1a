"""A template's bytes to plain lists: no pandas, no year, no rules."""
