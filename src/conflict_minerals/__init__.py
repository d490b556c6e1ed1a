"""The engine behind ``helpers``: rooms named for what they hold (see docs/architecture.md)."""
