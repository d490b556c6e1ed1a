"""Who is who: lists, reference, matching and suggestions."""
