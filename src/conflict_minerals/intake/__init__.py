"""A folder of whatever came by mail, read in bounded processes, as tables."""
