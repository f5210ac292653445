"""Garrison builds machine-learning models for security, attacks them before they ship, and keeps watch over them."""

__version__ = "0.1.0.dev0"
