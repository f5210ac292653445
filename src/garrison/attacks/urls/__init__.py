"""Attacks on detectors of raw URLs: rewritten until they pass, and still leading to the attacker's own host."""

from garrison.attacks.urls.attack import REWRITES, UrlAttack
from garrison.attacks.urls.benign_words import BenignWords
from garrison.attacks.urls.blind_rewrites import BlindRewrites
from garrison.attacks.urls.homoglyphs import Homoglyphs
from garrison.attacks.urls.new_domain import NewDomain
from garrison.attacks.urls.ownership import Judged, Owner
from garrison.attacks.urls.percent_encoding import PercentEncoding
from garrison.attacks.urls.rewrite_search import RewriteSearch
from garrison.attacks.urls.short_link import ShortLink
from garrison.attacks.urls.subdomain_stuffing import SubdomainStuffing
from garrison.attacks.urls.targets import UrlTargets, url_column
from garrison.attacks.urls.user_part import UserPart

ATTACKS: dict[str, type[UrlAttack]] = {
    attack.name: attack
    for attack in (
        Homoglyphs,
        SubdomainStuffing,
        BenignWords,
        ShortLink,
        PercentEncoding,
        UserPart,
        NewDomain,
        RewriteSearch,
        BlindRewrites,
    )
}
"""The attacks by name."""

__all__ = [
    "ATTACKS",
    "REWRITES",
    "BenignWords",
    "BlindRewrites",
    "Homoglyphs",
    "Judged",
    "NewDomain",
    "Owner",
    "PercentEncoding",
    "RewriteSearch",
    "ShortLink",
    "SubdomainStuffing",
    "UrlAttack",
    "UrlTargets",
    "UserPart",
    "url_column",
]
