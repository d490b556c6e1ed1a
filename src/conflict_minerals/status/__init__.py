"""What lists show of each facility on the review date, and what changed."""
