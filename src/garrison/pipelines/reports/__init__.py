"""What the artifacts of a run look like as pages."""
