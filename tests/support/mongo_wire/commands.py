"""What each command does: a request document in, an answer document out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bson import Int64

from mongo_wire.faults import Fault
from mongo_wire.matching import Document, UnsupportedError, ordered, predicate, projected
from mongo_wire.scram import LoginError, ScramLogin
from mongo_wire.storage import Storage

BEFORE_LOGIN = {
    "hello",
    "isMaster",
    "ismaster",
    "ping",
    "buildInfo",
    "saslStart",
    "saslContinue",
    "endSessions",
}


class CommandError(Exception):
    """The command failed with a code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Session:
    """One connection: who it is, and the login under way."""

    storage: Storage
    passwords: dict[str, str]
    user: str | None = None
    login: ScramLogin | None = None
    fault: Fault | None = field(default=None)


def answer(session: Session, request: Document) -> Document:
    """Carry out one command."""
    name = next(iter(request))
    try:
        if name not in COMMANDS:
            raise CommandError(59, f"no such command: '{name}'")
        if session.passwords and session.user is None and name not in BEFORE_LOGIN:
            raise CommandError(13, f"command {name} requires authentication")
        with session.storage.lock:
            return {**COMMANDS[name](session, request), "ok": 1.0}
    except CommandError as error:
        return {"ok": 0.0, "errmsg": str(error), "code": error.code}
    except UnsupportedError as error:
        return {"ok": 0.0, "errmsg": f"not supported by the test server: {error}", "code": 2}


def _hello(session: Session, request: Document) -> Document:
    user = request.get("saslSupportedMechs")
    return {
        "helloOk": True,
        "ismaster": True,
        "isWritablePrimary": True,
        "maxBsonObjectSize": 16 * 2**20,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "minWireVersion": 0,
        "maxWireVersion": 21,
        "readOnly": False,
        **({"saslSupportedMechs": ["SCRAM-SHA-256"]} if user else {}),
    }


def _nothing(session: Session, request: Document) -> Document:
    return {}


def _build_info(session: Session, request: Document) -> Document:
    return {"version": "7.0.0", "versionArray": [7, 0, 0, 0], "bits": 64}


def _sasl_start(session: Session, request: Document) -> Document:
    if request["mechanism"] != "SCRAM-SHA-256":
        raise CommandError(334, "only SCRAM-SHA-256 is spoken here")
    session.login = ScramLogin(session.passwords)
    payload = bytes(request["payload"])
    session.user = None
    return {"conversationId": 1, "done": False, "payload": session.login.first(payload)}


def _sasl_continue(session: Session, request: Document) -> Document:
    login = session.login
    if login is None:
        raise CommandError(17, "no login under way")
    if not request["payload"]:
        return {"conversationId": 1, "done": True, "payload": b""}
    try:
        if session.fault is not None and session.fault.kind == "refuse_login":
            raise LoginError
        signature = login.final(bytes(request["payload"]))
    except LoginError:
        raise CommandError(18, "Authentication failed.") from None
    session.user = "someone"
    return {"conversationId": 1, "done": True, "payload": signature}


def _insert(session: Session, request: Document) -> Document:
    collection = session.storage.collection(request["$db"], request["insert"])
    failing = session.fault if session.fault is not None and session.fault.kind == "fail_half" else None
    inserted, refused = 0, []
    for index, document in enumerate(request["documents"]):
        if failing is not None and index % 2:
            error: Document | None = {"code": failing.code, "errmsg": "told to fail"}
        else:
            error = collection.insert(document)
        if error is None:
            inserted += 1
            continue
        refused.append({"index": index, **error})
        if request.get("ordered", True):
            break
    return {"n": inserted, **({"writeErrors": refused} if refused else {})}


def _find(session: Session, request: Document) -> Document:
    found = session.storage.select(
        request["$db"],
        request["find"],
        request.get("filter", {}),
        request.get("sort", {}),
        request.get("projection", {}),
    )
    found = found[request.get("skip", 0) :]
    limit = abs(request.get("limit", 0))
    found = found[:limit] if limit else found
    space = f"{request['$db']}.{request['find']}"
    size = len(found) if request.get("singleBatch") else request.get("batchSize", 0)
    cursor = session.storage.first_batch(space, found, size)
    return {"cursor": {**cursor, "id": Int64(cursor["id"])}}


def _get_more(session: Session, request: Document) -> Document:
    try:
        cursor = session.storage.next_batch(int(request["getMore"]), request.get("batchSize", 0))
    except KeyError:
        raise CommandError(43, f"cursor id {request['getMore']} not found") from None
    return {"cursor": {**cursor, "id": Int64(cursor["id"])}}


def _kill_cursors(session: Session, request: Document) -> Document:
    killed = [number for number in request["cursors"] if session.storage.cursors.pop(int(number), None)]
    return {"cursorsKilled": killed}


def _count(session: Session, request: Document) -> Document:
    return {
        "n": len(session.storage.select(request["$db"], request["count"], request.get("query", {}), {}, {}))
    }


def _aggregate(session: Session, request: Document) -> Document:
    """Match, sort, project, skip, limit, and the group that counts."""
    storage, name = session.storage, request["aggregate"]
    found = storage.select(request["$db"], name, {}, {}, {})
    for stage in request["pipeline"]:
        ((operator, operand),) = stage.items()
        if operator == "$match":
            found = list(filter(predicate(operand), found))
        elif operator == "$sort":
            found = ordered(found, operand)
        elif operator == "$project":
            found = [projected(document, operand) for document in found]
        elif operator == "$skip":
            found = found[operand:]
        elif operator == "$limit":
            found = found[:operand]
        elif operator == "$group" and operand == {"_id": 1, "n": {"$sum": 1}}:
            found = [{"_id": 1, "n": len(found)}] if found else []
        else:
            raise UnsupportedError(f"{operator} {operand}")
    size = request.get("cursor", {}).get("batchSize", 0)
    cursor = storage.first_batch(f"{request['$db']}.{name}", found, size)
    return {"cursor": {**cursor, "id": Int64(cursor["id"])}}


def _update(session: Session, request: Document) -> Document:
    collection = session.storage.collection(request["$db"], request["update"])
    found = sum(
        collection.update(u["q"], u["u"], many=u.get("multi", False), upsert=u.get("upsert", False))
        for u in request["updates"]
    )
    return {"n": found, "nModified": found}


def _delete(session: Session, request: Document) -> Document:
    collection = session.storage.collection(request["$db"], request["delete"])
    return {"n": sum(collection.delete(each["q"], each["limit"]) for each in request["deletes"])}


def _drop(session: Session, request: Document) -> Document:
    if session.storage.databases.get(request["$db"], {}).pop(request["drop"], None) is None:
        raise CommandError(26, "ns not found")
    return {}


def _drop_database(session: Session, request: Document) -> Document:
    session.storage.databases.pop(request["$db"], None)
    return {}


def _list_collections(session: Session, request: Document) -> Document:
    listed: list[Any] = [
        {"name": name, "type": "collection"} for name in session.storage.names(request["$db"])
    ]
    cursor = session.storage.first_batch(f"{request['$db']}.$cmd.listCollections", listed, len(listed))
    return {"cursor": {**cursor, "id": Int64(cursor["id"])}}


def _create_indexes(session: Session, request: Document) -> Document:
    collection = session.storage.collection(request["$db"], request["createIndexes"])
    for index in request["indexes"]:
        wanted = (dict(index["key"]), bool(index.get("unique")))
        if collection.indexes.setdefault(index["name"], wanted) != wanted:
            raise CommandError(86, "an index of this name has other keys")
        try:
            collection.create_index(index["name"], wanted[0], unique=wanted[1])
        except ValueError:
            del collection.indexes[index["name"]]
            raise CommandError(11000, "E11000 duplicate key error") from None
    return {"numIndexesAfter": len(collection.indexes)}


COMMANDS: dict[str, Callable[[Session, Document], Document]] = {
    "hello": _hello,
    "isMaster": _hello,
    "ismaster": _hello,
    "ping": _nothing,
    "endSessions": _nothing,
    "buildInfo": _build_info,
    "saslStart": _sasl_start,
    "saslContinue": _sasl_continue,
    "insert": _insert,
    "find": _find,
    "getMore": _get_more,
    "killCursors": _kill_cursors,
    "count": _count,
    "aggregate": _aggregate,
    "update": _update,
    "delete": _delete,
    "drop": _drop,
    "dropDatabase": _drop_database,
    "listCollections": _list_collections,
    "createIndexes": _create_indexes,
}
