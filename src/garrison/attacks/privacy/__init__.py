"""Privacy: what a trained model tells of the records that it learnt from, to somebody who may only ask it."""

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.attribute_inference import FoundAttribute, Secret, infer_attribute
from garrison.attacks.privacy.audit import TARGET, Audit
from garrison.attacks.privacy.confidence import log_odds_of_truth
from garrison.attacks.privacy.detectors import DetectorAnswers, DetectorRecipe, answers_of
from garrison.attacks.privacy.found_members import FALSE_POSITIVE_RATES, FoundMembers, found_members
from garrison.attacks.privacy.infer_membership import MEMBERSHIP_ATTACKS, infer_membership
from garrison.attacks.privacy.interface import Answers, Recipe, Records, records_at
from garrison.attacks.privacy.lira import Lira, LiraOffline
from garrison.attacks.privacy.loss_threshold import LossThreshold
from garrison.attacks.privacy.membership import MembershipAttack
from garrison.attacks.privacy.shadows import shadow_answers
from garrison.attacks.privacy.signals import Signals
from garrison.attacks.privacy.told_apart import told_apart
from garrison.attacks.privacy.update_gain import UpdateGain

__all__ = [
    "FALSE_POSITIVE_RATES",
    "MEMBERSHIP_ATTACKS",
    "TARGET",
    "Answers",
    "Audit",
    "DetectorAnswers",
    "DetectorRecipe",
    "Flag",
    "FoundAttribute",
    "FoundMembers",
    "Lira",
    "LiraOffline",
    "LossThreshold",
    "MembershipAttack",
    "Recipe",
    "Records",
    "Secret",
    "Signals",
    "UpdateGain",
    "answers_of",
    "found_members",
    "infer_attribute",
    "infer_membership",
    "log_odds_of_truth",
    "records_at",
    "shadow_answers",
    "told_apart",
]
