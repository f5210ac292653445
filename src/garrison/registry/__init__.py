"""Where finished detectors are kept: numbered versions, the one in production, who vouches for them, copies elsewhere.

``find_model`` leads from what a person calls a model to its folder; ``promote_judged`` knows who may go into
production. A version is whole or absent. Readers never wait and never see half a model; writers of one name queue.
"""

from garrison.registry.address import FoundModel, find_model, parse_address, resolve_model
from garrison.registry.current import Move
from garrison.registry.description import Description, describe
from garrison.registry.difference import Row, compare
from garrison.registry.local import LocalRegistry
from garrison.registry.promotion import JUDGEMENT, SETTINGS, judgement_of, objections_to, promote_judged
from garrison.registry.push import check_address, fetch_from, push_to
from garrison.registry.scorecards import judged_by, keep_scorecard, scorecard_of
from garrison.registry.signatures import Signed, load_signed, require_signature, sign_detector
from garrison.registry.signing import sign_version
from garrison.registry.signing_key import SigningKey, make_keys, read_signing_key
from garrison.registry.trusted_keys import PublicKey, read_public_key, trusted_keys
from garrison.registry.version import STAGES, Record, Version

__all__ = [
    "JUDGEMENT",
    "SETTINGS",
    "STAGES",
    "Description",
    "FoundModel",
    "LocalRegistry",
    "Move",
    "PublicKey",
    "Record",
    "Row",
    "Signed",
    "SigningKey",
    "Version",
    "check_address",
    "compare",
    "describe",
    "fetch_from",
    "find_model",
    "judged_by",
    "judgement_of",
    "keep_scorecard",
    "load_signed",
    "make_keys",
    "objections_to",
    "parse_address",
    "promote_judged",
    "push_to",
    "read_public_key",
    "read_signing_key",
    "require_signature",
    "resolve_model",
    "scorecard_of",
    "sign_detector",
    "sign_version",
    "trusted_keys",
]
