"""Ciphers over whole arrays of keys and messages, and what a network learns from ciphertext."""
