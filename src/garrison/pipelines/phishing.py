"""The phishing pipeline: is this web site, or this URL, phishing?

The same stages serve two detectors: one on the thirty properties of a web site (``training.yml``), one on the raw
URL alone (``urls.yml``).
"""

from functools import partial

from garrison.pipelines.starting import load_pipeline_settings, resume_pipeline, run_pipeline

PIPELINE = "phishing"

settings_for = partial(load_pipeline_settings, PIPELINE)
run_phishing = partial(run_pipeline, PIPELINE)
resume_phishing = partial(resume_pipeline, PIPELINE)
