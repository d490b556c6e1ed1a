"""``python -m helpers …``: commands, kernels, rendering, checking again."""
