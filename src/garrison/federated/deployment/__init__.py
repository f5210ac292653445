"""A federation over the network: Flower's servers over TLS, parties that come, go and come back."""
