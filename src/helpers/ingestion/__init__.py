"""Intake: what suppliers sent, read, checked, judged and counted."""
