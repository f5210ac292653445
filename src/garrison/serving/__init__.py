"""What answers with verdicts: a service, a batch, a stream."""
