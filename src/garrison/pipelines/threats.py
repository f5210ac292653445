"""The threats pipeline: is this network event malicious, also where its kind was never seen in training?

Three settings files come with it: ``training.yml`` for few false alarms on any events, ``unknown_attacks.yml`` for
detectors that must catch kinds of attack which they were never shown, and ``processing.yml`` for making training data
from raw events.
"""

from functools import partial

from garrison.pipelines.starting import load_pipeline_settings, resume_pipeline, run_pipeline

PIPELINE = "threats"

settings_for = partial(load_pipeline_settings, PIPELINE)
run_threats = partial(run_pipeline, PIPELINE)
resume_threats = partial(resume_pipeline, PIPELINE)
