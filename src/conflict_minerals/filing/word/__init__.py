"""Redlines, and what came back edited from Word."""
