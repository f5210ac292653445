"""The answer in words, made from the numbers: what federating protects against whom, what each protection costs."""

from garrison.evaluation import Interval
from garrison.pipelines.federating.columns import MEASURES
from garrison.pipelines.federating.findings import Difference, Entry


def conclusions(found: tuple[Entry, ...], compared: tuple[Difference, ...]) -> str:
    """Some paragraphs of plain text, each sentence with its numbers; says which differences stand outside chance."""
    if not compared:
        return "Fewer than two seeds were measured, so that no difference can be told from chance."
    parts = [_ways(compared, way, said) for way, said in _QUESTIONS]
    parts += [_networks(compared), _counted(compared)]
    return "\n\n".join(part for part in (_alone(found, compared), *parts) if part)


_QUESTIONS = (
    (("conventional", "federated"), "Federating instead of pooling"),
    (("federated", "secure"), "Secure aggregation on top of federating"),
    (("federated", "private"), "Differential privacy on top of federating"),
)


def _alone(found: tuple[Entry, ...], compared: tuple[Difference, ...]) -> str:
    """What federating alone, against pooling, does not change of what adversaries get."""
    kept: dict[tuple[str, str], list[str]] = {}
    fell: dict[tuple[str, str], list[str]] = {}
    for each in _between(compared, ("conventional", "federated")):
        if not each.measure.leaks:
            continue
        whom = (each.measure.adversary, each.first.cell.network)
        told = f"{each.measure.title} {each.first} pooled, {each.second} federated"
        (fell if each.sure and each.interval.value < 0 else kept).setdefault(whom, []).append(told)
    lines = [
        f"Against the {adversary}, federating the {network} alone {_kept(told, fell.get((adversary, network)))}."
        for (adversary, network), told in kept.items()
    ]
    lines += [
        f"A curious server finds a share of {entry} of a party's images in one update of the {entry.cell.network}."
        for entry in found
        if entry.cell.way == "federated" and entry.measure.key == "updates_server" and entry.mean > 0
    ]
    return " ".join(lines)


def _kept(kept: list[str], fell: list[str] | None) -> str:
    if fell is None:
        return f"protects nothing that could be measured: {'; '.join(kept)}"
    return f"does not lower {'; '.join(kept)}. It does lower {'; '.join(fell)}"


def _ways(compared: tuple[Difference, ...], ways: tuple[str, str], said: str) -> str:
    there = _between(compared, ways)
    if not there:
        return ""
    sure = [_told(each, f"{each.first.cell.network}{_at(each)}") for each in there if each.sure]
    if not sure:
        return f"{said} changed nothing outside the intervals ({len(there)} comparisons)."
    return f"{said} changed, outside the intervals: {'; '.join(sure)}."


def _networks(compared: tuple[Difference, ...]) -> str:
    there = [each for each in compared if each.first.cell.training == each.second.cell.training]
    if not there:
        return ""
    pairs = list(dict.fromkeys(map(_instead, there)))
    names = "; ".join(pairs)
    sure = [
        _told(each, each.first.cell.way_title + (f", {_instead(each)}" if len(pairs) > 1 else ""))
        for each in there
        if each.sure
    ]
    if not sure:
        return f"The network ({names}) made no difference outside the intervals."
    return f"The network alone ({names}) changed, outside the intervals: {'; '.join(sure)}."


def _instead(one: Difference) -> str:
    return f"{one.second.cell.network} instead of {one.first.cell.network}"


def _counted(compared: tuple[Difference, ...]) -> str:
    sure = sum(each.sure for each in compared)
    return (
        f"Differences outside their 95 % intervals (paired by seed, Student's t over {len(compared[0].first.values)} "
        f"seeds): {sure} of {len(compared)}; by chance alone about {0.05 * len(compared):.0f} would be."
    )


def _between(compared: tuple[Difference, ...], ways: tuple[str, str]) -> list[Difference]:
    order = {measure.key: place for place, measure in enumerate(MEASURES)}
    there = [each for each in compared if (each.first.cell.way, each.second.cell.way) == ways]
    return sorted(there, key=lambda each: (order[each.measure.key], each.first.cell.network))


def _told(each: Difference, where: str) -> str:
    return f"{each.measure.told} of {where} {_moved(each.interval)}"


def _moved(gap: Interval) -> str:
    way = "up" if gap.value > 0 else "down"
    return f"{way} by {abs(gap.value):.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"


def _at(each: Difference) -> str:
    epsilon = each.second.cell.epsilon
    return "" if epsilon is None else f" at ε = {epsilon:g}"
