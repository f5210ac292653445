"""Parties that train one model together, without pooling what they have."""
