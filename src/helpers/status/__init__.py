"""Identity and status: who each reported smelter is, and what lists show about it."""
