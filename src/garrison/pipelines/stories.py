"""The detection pipelines by name, and the story of each in a line."""

STORIES = {
    "phishing": "Phishing: events → store → split → checks → numbers → models → one look at the test → production.",
    "threats": "Threats: events → their past → split → checks → numbers → models → one look at the test → production.",
}
"""The first is the one for data that say nothing else."""
