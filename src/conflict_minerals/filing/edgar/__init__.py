"""The documents as EDGAR takes them, and the linter that says so."""
