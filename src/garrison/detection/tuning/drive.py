"""The loop of a study: begin trials, take what workers say of a fold, go on to the next fold or end the trial."""

from concurrent.futures import Future

from garrison.detection.tuning.study import Running, Study
from garrison.detection.tuning.work import Answer, Work
from garrison.errors import DataError, ModelError, SettingsError
from garrison.progress import progress

ATTEMPTS = 3
"""How often a fold is begun whose workers are lost."""


def drive(study: Study, work: Work, *, trials: int, workers: int, folds: int) -> None:
    """Make the trials that are left, ``workers`` of them at a time, one fold of each after the other."""
    flying: dict[Future[Answer], Running] = {}
    left = study.places_left(trials, running=())
    with progress("tuning", total=trials) as advance:
        advance(trials - len(left))
        while left or flying:
            while left and len(flying) < workers:
                running = study.ask(left.pop(0))
                flying[work.submit(running.params, 0)] = running
            for future in sorted(work.wait(flying), key=lambda each: flying[each].place):
                running = flying.pop(future)
                if _ended(study, work, running, future, folds):
                    advance(1)
                else:
                    flying[work.submit(running.params, len(running.values))] = running


def _ended(study: Study, work: Work, running: Running, future: Future[Answer], folds: int) -> bool:
    """Whether the trial has ended with what the worker says; a fold whose worker was lost is still to be made."""
    try:
        value, seconds = work.result(future)
    except work.lost as error:
        running.losses += 1
        if running.losses >= ATTEMPTS:
            raise ModelError(
                f"a fold was begun {ATTEMPTS} times, and each time its worker was lost",
                where=f"trial {running.place}, fold {len(running.values) + 1}, with {running.params}",
                expected="workers that live until a fold is fitted",
                remedy="give the workers more memory, use fewer of them, or narrow the search space",
            ) from error
        return False
    except (ModelError, DataError, SettingsError) as error:
        study.refuse(running, error)
        return True
    running.losses = 0
    return study.report(running, value, seconds, folds=folds)
