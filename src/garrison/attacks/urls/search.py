"""Searches over rewrites: one more at each step, so that the first URL that passes has the fewest that were found."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.oracle import UrlScores, UrlVerdicts
from garrison.attacks.urls.task import Means, UrlTask

Found = list[Draft | None]
"""For each URL the one that passes, or None."""

KEPT = 3
"""Drafts of a URL that are gone on with: those of the lowest scores."""


class Rewritten(Protocol):
    """What gives drafts with one rewrite more."""

    def __call__(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """About ``count`` of them."""


def by_score(task: UrlTask, oracle: UrlScores, rewritten: Rewritten, *, count: int) -> Found:
    """Where scores can be asked for: of each URL go on with the ``KEPT`` drafts of the lowest scores."""
    found: Found = [None] * len(task.drafts)
    kept: list[list[Draft]] = [[draft] for draft in task.drafts]
    for _ in range(task.most):
        if task.budget.over():
            break
        for at, drafts in enumerate(kept):
            if drafts:
                kept[at] = list(_counted(task, drafts, at, rewritten, count))
        scores = iter(oracle.ask([draft.url for drafts in kept for draft in drafts]))
        for at, drafts in enumerate(kept):
            scored = [next(scores) for _ in drafts]
            order = np.argsort(scored, kind="stable")[:KEPT]
            if len(order) and scored[order[0]] < oracle.threshold:
                found[at], kept[at] = drafts[order[0]], []
            else:
                kept[at] = [drafts[place] for place in order]
    return found


def _counted(
    task: UrlTask, drafts: list[Draft], at: int, rewritten: Rewritten, count: int
) -> Iterator[Draft]:
    """The drafts with one rewrite more that count, without repeats."""
    seen = {task.drafts[at].url}
    for draft in drafts:
        for new in rewritten(draft, task.means[at], count=count):
            if new.url not in seen and task.counts(new, at):
                seen.add(new.url)
                yield new


def by_verdict(task: UrlTask, oracle: UrlVerdicts, rewritten: Rewritten, *, count: int) -> Found:
    """Where only verdicts are given: ``count`` random rows of one rewrite, then as many of two, until one passes."""
    found: Found = [None] * len(task.drafts)
    for length in range(1, task.most + 1):
        if task.budget.over():
            break
        tried = [
            (at, draft)
            for at, done in enumerate(found)
            if done is None
            for draft in _chains(task, at, rewritten, length, count)
        ]
        flagged = oracle.ask([draft.url for _, draft in tried])
        for (at, draft), caught in zip(tried, flagged, strict=True):
            if not caught and found[at] is None:
                found[at] = draft
    return found


def _chains(task: UrlTask, at: int, rewritten: Rewritten, length: int, count: int) -> Iterator[Draft]:
    seen = {task.drafts[at].url}
    for _ in range(count):
        draft: Draft | None = task.drafts[at]
        for _ in range(length):
            if draft is None:
                break
            options = [new for new in rewritten(draft, task.means[at], count=1) if task.counts(new, at)]
            draft = options[task.means[at].draw.integers(0, len(options))] if options else None
        if draft is not None and draft.url not in seen:
            seen.add(draft.url)
            yield draft
