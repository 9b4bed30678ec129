"""Results -> text: JSON, Markdown; pure functions."""
