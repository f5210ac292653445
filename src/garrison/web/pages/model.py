"""One model: its versions side by side, its history, and the forms that promote and roll back."""

import asyncio
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from garrison.errors import GarrisonError, UsageError
from garrison.registry import LocalRegistry, promote_judged
from garrison.registry.version import checked_name
from garrison.serving.http.problems import Refused
from garrison.serving.http.work import Deadline
from garrison.web.errors import told
from garrison.web.page import Page, Visit
from garrison.web.side_by_side import parts_of
from garrison.web.version_cards import Shelf, shelf_of

if TYPE_CHECKING:
    from garrison.web.site import WebSite

LONGEST_REASON = 1_000
_DONE = re.compile(r"(promoted|already|rolled-back)-([1-9][0-9]{0,8})")


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The pages of one model."""
    service = site.service
    registry = LocalRegistry(service.models.root)

    def facts(visit: Visit, error: GarrisonError | None = None) -> dict[str, Any]:
        shelf = known_shelf(registry, visit.request.path_params["name"])
        served = service.models.all.get(shelf.name)
        failure = service.models.failure(shelf.name) if served else None
        numbers = [int(each[:9]) for each in visit.request.query_params.getlist("v") if each.isdecimal()]
        cards = shelf.chosen(numbers)
        return {
            "title": shelf.name,
            "here": "models",
            "shelf": shelf,
            "cards": cards,
            "parts": parts_of(cards),
            "served": served,
            "failure": told(failure) if failure else None,
            "error": told(error) if error else None,
            "done": _done(visit, shelf),
            "before": shelf.before,
            "pair": shelf.usual_pair,
        }

    async def show(visit: Visit) -> Response:
        def make(_deadline: Deadline) -> dict[str, Any]:
            return facts(visit)

        return await site.show(visit, "model.html", make)

    async def refuse(visit: Visit, error: GarrisonError) -> Response:
        """The same page with what was wrong on top, and the form as it was filled in."""

        def make(_deadline: Deadline) -> dict[str, Any]:
            return facts(visit, error)

        return await site.show(visit, "model.html", make, status=told(error).status)

    async def promote(visit: Visit) -> Response:
        name, force = checked_name(visit.request.path_params["name"]), visit.given("force") == "yes"
        try:
            number = version_number(visit.given("version"))
            reason = _reason(visit) if force or visit.given("reason").strip() else None
            current = await asyncio.to_thread(registry.current, name)
            if current is not None and current.version == number:
                return await _after(name, f"already-{number}")
            done = await asyncio.to_thread(promote_judged, registry, name, number, force=force, reason=reason)
        except GarrisonError as error:
            return await refuse(visit, _for_a_page(error))
        _say(visit, "promoted", name, done.version, force=force)
        return await _after(name, f"promoted-{done.version}")

    async def roll_back(visit: Visit) -> Response:
        name = checked_name(visit.request.path_params["name"])
        try:
            over = {version_number(visit.given("over"))}
            reason = _reason(visit) if visit.given("reason").strip() else None
            done = await asyncio.to_thread(registry.rollback, name, reason=reason, over=over)
        except GarrisonError as error:
            return await refuse(visit, error)
        _say(visit, "rolled back", name, done.version)
        return await _after(name, f"rolled-back-{done.version}")

    async def _after(name: str, done: str) -> Response:
        await asyncio.to_thread(service.look)
        return RedirectResponse(f"/models/{name}?done={done}", 303)

    def _say(visit: Visit, what: str, name: str, version: int, **more: Any) -> None:
        by = {"by": visit.key.id, "name": visit.key.name} if visit.key else {}
        service.log.info(what, model=name, version=version, **by, **more)

    return (
        Page(path="/models/{name}", scope="", handler=show),
        Page(path="/models/{name}/promote", scope="admin", handler=promote, method="POST"),
        Page(path="/models/{name}/rollback", scope="admin", handler=roll_back, method="POST"),
    )


def known_shelf(registry: LocalRegistry, name: str) -> Shelf:
    """The model of this name; ``Refused`` (404) where there is none."""
    try:
        shelf = shelf_of(registry, checked_name(name))
    except GarrisonError as error:
        raise _no_such(name) from error
    if not shelf.cards:
        raise _no_such(name)
    return shelf


def checked_version(shelf: Shelf, number: int) -> int:
    """The number, where the model has such a version; ``Refused`` (404) where it has not."""
    if number not in {card.version for card in shelf.cards}:
        raise Refused(
            "not-found", f"{shelf.name} has no version {number}", remedy=f"see /models/{shelf.name}"
        )
    return number


def _no_such(name: str) -> Refused:
    return Refused(
        "not-found",
        f"there is no model {name[:100]!r} in the registry",
        remedy="the first page lists the models that there are",
    )


def version_number(text: str) -> int:
    """The number of a version as somebody wrote it; ``UsageError`` where it is none.

    >>> version_number("3")
    3
    """
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text)):
        raise UsageError(f"not a version: {text[:50]!r}", expected="the number of a version")
    return int(text)


def _reason(visit: Visit) -> str:
    reason = " ".join(visit.given("reason").split())
    if len(reason) > LONGEST_REASON:
        raise UsageError(
            f"a reason of {len(reason):,} characters", expected=f"{LONGEST_REASON:,} characters at most"
        )
    return reason


def _for_a_page(error: GarrisonError) -> GarrisonError:
    """The same error; where the command line names options, the page names its fields."""
    remedy = error.remedy.replace(
        "or overrule this with --force --reason TEXT",
        "or overrule this: choose “by force” below, and say why",
    )
    expected = error.expected
    if "--force" in remedy or "--reason" in expected:
        remedy, expected = "say why in the field below", "a reason, which is kept in the model's history"
    return type(error)(error.what, where=error.where, expected=expected, remedy=remedy)


def _done(visit: Visit, shelf: Shelf) -> str:
    """What has just been done, if that is how things stand."""
    found = _DONE.fullmatch(visit.asked("done"))
    current = shelf.current
    if found is None or current is None or current.version != int(found[2]):
        return ""
    if found[1] == "already":
        return f"Version {current.version} is in production already: nothing was changed."
    if found[1] == "promoted":
        return f"Version {current.version} is in production now."
    return f"Rolled back: version {current.version} is in production again."
