"""The story: keys → messages → arrays → a network; the same three for testing; and how well the network reads them."""

from pathlib import Path

from garrison.ciphers.torch_extra import need_torch
from garrison.pipelines.ciphering.page import network_page, shown
from garrison.pipelines.ciphering.settings import PIPELINE, CipherSettings, load_cipher_settings
from garrison.pipelines.ciphering.stages import (
    Learnt,
    Shards,
    Tested,
    judge_on_arrays,
    learn,
    make_arrays,
    make_keys,
    make_messages,
)
from garrison.pipelines.kept_run import run_stages, run_to_resume
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.steps import Steps, checked_stage
from garrison.run.fingerprint import versions
from garrison.run.folder import RunFolder
from garrison.run.settings import settings_json

PLACE = "ciphers"
STAGES = (
    "train-keys",
    "train-messages",
    "train-arrays",
    "training",
    "test-keys",
    "test-messages",
    "test-arrays",
    "testing",
)


def run_ciphers(
    settings: CipherSettings, *, workspace: Path, name: str | None = None, until: str | None = None
) -> Outcome:
    """Run the pipeline in a new folder under ``workspace``/runs; ends after stage ``until`` if one is named."""
    checked_stage(until, STAGES)
    need_torch()
    return _run(settings, RunFolder.create(workspace / "runs", pipeline=PIPELINE, name=name), until)


def resume_ciphers(
    name: str,
    *,
    workspace: Path,
    config: Path | None = None,
    overrides: tuple[str, ...] = (),
    until: str | None = None,
) -> Outcome:
    """Go on with a run: finished stages of the same settings are not made again, nor are finished shards and steps."""
    checked_stage(until, STAGES)
    run, kept = run_to_resume(workspace, name, pipeline=PIPELINE, config=config)
    return _run(load_cipher_settings(kept, overrides=overrides), run, until)


def _run(settings: CipherSettings, run: RunFolder, until: str | None) -> Outcome:
    return run_stages(
        run,
        settings_json(settings),
        seed=settings.seed,
        stages=lambda step: _stages(settings, run, step),
        until=until,
    )


def _stages(settings: CipherSettings, run: RunFolder, step: Steps) -> Outcome:
    place = run.path / PLACE
    keys, messages = settings_json(settings.keys), [settings_json(settings.messages), settings.seed]
    step(
        "train-keys",
        Shards,
        lambda out: make_keys(settings, "train", place, out),
        inputs=[{**keys, "test": 0}, settings.seed, versions()],
    )
    step(
        "train-messages",
        Shards,
        lambda out: make_messages(settings, "train", place, out),
        inputs=messages,
    )
    step("train-arrays", Shards, lambda out: make_arrays("train", place, out), inputs=[])
    learnt = step(
        "training",
        Learnt,
        lambda out: learn(settings, place, out, command=run.record.command),
        inputs=[settings_json(settings.training), settings.seed, versions("torch")],
    )
    step(
        "test-keys",
        Shards,
        lambda out: make_keys(settings, "test", place, out),
        inputs=settings.keys.test,
    )
    step("test-messages", Shards, lambda out: make_messages(settings, "test", place, out), inputs=messages)
    step("test-arrays", Shards, lambda out: make_arrays("test", place, out), inputs=[])
    tested = step("testing", Tested, lambda out: judge_on_arrays(settings, learnt, place, out), inputs=[])
    return _outcome(settings, run, learnt, tested)


def _outcome(settings: CipherSettings, run: RunFolder, learnt: Learnt, tested: Tested) -> Outcome:
    figures = tested.figures()
    best = max(learnt.curve, key=lambda each: float(each["accuracy"]))
    report = network_page(
        figures,
        run.path / "report.html",
        facts={
            "keys for training": f"{settings.keys.train:,}",
            "keys seen": f"{best['keys']:,}",
            "keys for testing": f"{settings.keys.test:,}",
            "rules": settings.keys.rules.told(),
            "key stream": "AES-128 (control)" if settings.messages.control else "M-209",
            "network": learnt.digest[:16],
        },
        curve=learnt.curve,
        command=run.record.command,
    )
    results = []
    for each in figures:
        for name, interval, share in (
            ("pins right", each.accuracy, True),
            ("lugs off by", each.lug_error, False),
            ("pairs off by", each.pair_error, False),
        ):
            value, _, span = shown(interval, share=share).partition(" [")
            results.append((f"{name}, {each.length} letters", value, f"[{span}"))
    caveats = tuple(f"{each.length} letters: no better than chance" for each in figures if each.at_chance)
    run.update_record(
        metrics={f"accuracy_{each.length}": each.accuracy.value for each in figures},
        report=report.name,
    )
    return Outcome(
        pipeline=PIPELINE,
        run_id=run.id,
        folder=run.path,
        report=report,
        model=str(run.path / PLACE / learnt.network),
        accepted=None,
        verdict="no better than chance" if all(each.at_chance for each in figures) else "it reads keys",
        results=tuple(results),
        caveats=caveats,
    )
