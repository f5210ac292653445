"""What `garrison monitor` does: the stories of a live detector."""
