"""Adversaries with a stated knowledge and budget; each is run, and says what it reached."""
