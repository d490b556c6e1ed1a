"""A year's inputs as people keep them: program, roster, decisions, sign-off, a new year laid out."""
