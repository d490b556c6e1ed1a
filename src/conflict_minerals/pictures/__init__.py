"""Charts and maps, drawn without a network."""
