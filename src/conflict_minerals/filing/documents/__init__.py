"""The form and the report as blocks of sentences, and their writers."""
