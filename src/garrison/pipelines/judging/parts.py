"""The parts of a scorecard, and what measures each."""

from collections.abc import Callable

from garrison.assurance.scorecard import Part
from garrison.pipelines.judging.calibration import measure_calibration
from garrison.pipelines.judging.drift import measure_drift
from garrison.pipelines.judging.encrypted import measure_encrypted
from garrison.pipelines.judging.evasion import measure_evasion
from garrison.pipelines.judging.hygiene import measure_hygiene
from garrison.pipelines.judging.leakage import measure_leakage
from garrison.pipelines.judging.quality import measure_quality
from garrison.pipelines.judging.speed import measure_speed
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.judging.unknown_attacks import measure_unknown_attacks

PARTS: dict[str, Callable[[Subject], Part]] = {
    "quality": measure_quality,
    "calibration": measure_calibration,
    "hygiene": measure_hygiene,
    "unknown_attacks": measure_unknown_attacks,
    "evasion": measure_evasion,
    "leakage": measure_leakage,
    "drift": measure_drift,
    "speed": measure_speed,
    "encrypted": measure_encrypted,
}
