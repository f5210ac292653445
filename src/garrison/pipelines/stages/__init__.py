"""The stages of a detection pipeline, one a file; each takes its settings and what the stage before it made."""
