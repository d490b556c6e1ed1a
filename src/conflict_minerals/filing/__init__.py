"""What is filed and what proves it: figures, claims, documents, evidence, packs."""
