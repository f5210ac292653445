"""What has to be known of URLs that passed; each flag is explained on the page of URL attacks."""

from collections.abc import Sequence

from garrison.attacks.flag import Flag
from garrison.attacks.urls.accepted import shown_label
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.lookalikes import scripts_of
from garrison.attacks.urls.task import UrlTask

MIXED_SCRIPT = "mixed_script"
NEW_DOMAINS = "new_domains"
SHARED_HOSTS = "shared_hosts"

NAMES = (MIXED_SCRIPT, NEW_DOMAINS, SHARED_HOSTS)


def of_rewrites(task: UrlTask, passed: Sequence[Draft]) -> tuple[Flag, ...]:
    """The flags that the URLs of a task raise, and those of them that ``passed``."""
    flags = []
    labels = {label for draft in passed for label in draft.host.split(".")}
    if any(len(scripts_of(shown_label(label))) > 1 for label in labels):
        why = "some hosts that pass have a name that mixes scripts, which browsers show as xn--…"
        flags.append(Flag(MIXED_SCRIPT, why))
    if any(each.kind in ("new domain", "short link", "lookalike domain") for d in passed for each in d.done):
        why = "some URLs that pass stand on a new domain; that it is free was not looked up"
        flags.append(Flag(NEW_DOMAINS, why))
    if sum(not means.owner.dns for means in task.means) > 0.1 * len(task.means):
        why = "more than a tenth of the hosts are addresses, a service's, or benign too: no names were put before them"
        flags.append(Flag(SHARED_HOSTS, why))
    return tuple(flags)
