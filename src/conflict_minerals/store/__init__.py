"""What is kept: folders swapped whole, manifests, stamps, and the chain as data."""
