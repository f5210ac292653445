"""A MongoDB to test against: the true server that GARRISON_TEST_MONGODB_URI names, else the small one kept here."""

import contextlib
import os
import uuid
from collections.abc import Iterator

from mongo_wire import MongoWireServer


@contextlib.contextmanager
def mongodb_url() -> Iterator[str]:
    """Give the URL of an empty database, dropped at the end."""
    given = os.environ.get("GARRISON_TEST_MONGODB_URI")
    if not given:
        with MongoWireServer() as server:
            yield server.url(f"test_{uuid.uuid4().hex}")
        return
    import pymongo

    database = f"garrison_test_{uuid.uuid4().hex}"
    place, _, options = given.partition("?")
    scheme, _, rest = place.partition("://")
    has_login = "@" in rest
    if has_login and "authsource" not in options.lower():
        old_database = rest.partition("/")[2] or "admin"
        options = "&".join(filter(None, [options, f"authSource={old_database}"]))
    try:
        yield f"{scheme}://{rest.partition('/')[0]}/{database}" + (f"?{options}" if options else "")
    finally:
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(given)
        client.drop_database(database)
        client.close()
