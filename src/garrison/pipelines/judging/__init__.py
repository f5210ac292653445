"""Judging a model: every part of its scorecard, measured on labelled events."""
