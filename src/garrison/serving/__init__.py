"""What is trained put to work: over HTTP, on streams, and on files of any size."""
