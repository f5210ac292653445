"""The small MongoDB server itself, spoken to by the real driver."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from mongo_wire import Fault, MongoWireServer
from mongo_wire.matching import compare, matches, ordered, projected
from pymongo import errors

Client = pymongo.MongoClient[dict[str, Any]]


@pytest.fixture
def server() -> Iterator[MongoWireServer]:
    with MongoWireServer() as running:
        yield running


@pytest.fixture
def client(server: MongoWireServer) -> Iterator[Client]:
    options = "?retryReads=false&retryWrites=false&socketTimeoutMS=5000"
    with pymongo.MongoClient[dict[str, Any]](server.url(options=options)) as opened:
        yield opened


def test_documents_are_inserted_found_counted_changed_and_deleted(client: Client) -> None:
    things = client["db"]["things"]
    things.insert_many([{"_id": n, "v": n % 3} for n in range(10)])
    assert things.count_documents({"v": 0}) == 4
    assert [d["_id"] for d in things.find({"v": {"$gte": 1}}, sort=[("v", -1), ("_id", 1)], limit=4)] == [
        2,
        5,
        8,
        1,
    ]
    assert things.find_one({"_id": 3}, {"v": 1, "_id": 0}) == {"v": 0}
    assert things.update_many({"v": 2}, {"$set": {"v": 9}}).matched_count == 3
    assert things.delete_many({"v": 9}).deleted_count == 3
    assert things.estimated_document_count() == 7
    things.replace_one({"_id": 77}, {"v": 7}, upsert=True)
    assert things.count_documents({"v": 7}) == 1
    assert client["db"].list_collection_names() == ["things"]
    things.drop()
    assert client["db"].list_collection_names() == []


def test_a_cursor_gives_its_batches_and_is_killed_when_left(server: MongoWireServer, client: Client) -> None:
    things = client["db"]["things"]
    things.insert_many([{"_id": n} for n in range(100)])
    assert [d["_id"] for d in things.find(batch_size=7)] == list(range(100))
    with things.find(batch_size=7) as cursor:
        next(cursor)
        assert server.storage.cursors
    assert not server.storage.cursors


def test_unique_indexes_refuse_with_their_name_and_keys(client: Client) -> None:
    things = client["db"]["things"]
    things.create_index([("a", 1), ("b", 1)], unique=True)
    things.insert_one({"a": 1, "b": 1})
    with pytest.raises(errors.BulkWriteError) as caught:
        things.insert_many([{"a": 1, "b": 1}, {"a": 1, "b": True}, {"a": 1, "b": 1}], ordered=False)
    details = caught.value.details
    assert details["nInserted"] == 1
    assert [(e["index"], e["code"], e["keyPattern"]) for e in details["writeErrors"]] == [
        (0, 11000, {"a": 1, "b": 1}),
        (2, 11000, {"a": 1, "b": 1}),
    ]
    with pytest.raises(errors.OperationFailure):
        things.create_index("a", unique=True)


def test_an_ordered_insert_stops_at_the_first_refusal(client: Client) -> None:
    things = client["db"]["things"]
    with pytest.raises(errors.BulkWriteError):
        things.insert_many([{"_id": 1}, {"_id": 1}, {"_id": 2}])
    assert things.count_documents({}) == 1


def test_what_it_does_not_speak_is_said(client: Client) -> None:
    with pytest.raises(errors.OperationFailure, match="no such command"):
        client["db"].command("mapReduce", "things")
    client["db"]["things"].insert_one({"a": 1})
    with pytest.raises(errors.OperationFailure, match=r"\$where"):
        list(client["db"]["things"].find({"$where": "1"}))


def test_the_login_is_checked() -> None:
    with MongoWireServer(passwords={"a,b=c": "right"}) as server:

        def names(user: str, password: str) -> list[str]:
            with pymongo.MongoClient[dict[str, Any]](
                server.url(), username=user, password=password
            ) as client:
                return client["db"].list_collection_names()

        assert names("a,b=c", "right") == []
        for user, password in (("a,b=c", "wrong"), ("nobody", "right")):
            with pytest.raises(errors.OperationFailure, match="Authentication failed"):
                names(user, password)
        with (
            pymongo.MongoClient[dict[str, Any]](server.url()) as client,
            pytest.raises(errors.OperationFailure, match="requires authentication"),
        ):
            client["db"]["things"].find_one()


def test_a_fault_happens_as_often_as_told(server: MongoWireServer, client: Client) -> None:
    things = client["db"]["things"]
    server.faults.add(Fault("drop_after", "insert", skip=1))
    things.insert_one({"_id": 1})
    with pytest.raises(errors.AutoReconnect):
        things.insert_one({"_id": 2})
    things.insert_one({"_id": 3})
    assert things.count_documents({}) == 3
    assert server.faults.happened == ["drop_after insert"]


def test_values_are_ordered_by_type_and_then_by_value() -> None:
    rising = [None, float("nan"), float("-inf"), -1, 0.5, 2, "", "Z", "a", "é", False, True]
    shuffled = [{"v": value} for value in reversed(rising)]
    assert str([d["v"] for d in ordered(shuffled, {"v": 1})]) == str(rising)
    assert compare(1, 1.0) == 0
    assert matches({"a": 3}, {"a": {"$gt": 1, "$lt": 4}, "$or": [{"b": None}, {"b": 1}]})
    assert not matches({"a": True}, {"a": {"$gte": 0}})
    assert projected({"_id": 1, "a": 2, "b": 3}, {"b": 0}) == {"_id": 1, "a": 2}
