"""Checks, verdicts, the survey at a glance, and letters to suppliers."""
