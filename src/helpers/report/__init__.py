"""The report: figures, documents and their claims, what is handed over, and its checks."""
