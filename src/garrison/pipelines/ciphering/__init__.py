"""The pipeline `ciphers`: keys → ciphertexts → arrays → a network → the same for testing → how well it reads keys."""
