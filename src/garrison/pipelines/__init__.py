"""The stories: each pipeline calls its stages in order and reads top to bottom."""
