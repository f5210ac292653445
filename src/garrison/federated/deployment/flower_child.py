"""The program of a child process that is one of Flower's servers: `python -m … superlink|supernode OPTIONS`.

It ends when its standard input does: the operating system closes that when the parent dies, however it dies.
"""

import importlib
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

GRACE_S = 5.0
HEARTBEAT_S = 10
"""Seconds between two signs of life of a party; after twice that the server takes it for gone. Flower's own are 30."""

LOOK_S = 0.3
"""Seconds between two looks for a message; a secure round has four of them."""


def main() -> None:
    """Read the key from the first line of standard input, then run until it is closed."""
    kind, options = sys.argv[1], sys.argv[2:]
    key = sys.stdin.buffer.readline().decode("ascii").strip()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = [f"flower-{kind}", *options]
    {"superlink": lambda: _superlink(key), "supernode": _supernode}[kind]()


def _end_with_parent() -> None:
    # Not through the buffer of sys.stdin: a thread that holds its lock at exit ends the interpreter with a fault.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


def _superlink(key: str) -> None:
    """Flower's SuperLink behind the gate."""
    import uvicorn
    from flwr.supercore.http_logging import get_uvicorn_log_config
    from flwr.supercore.logger import console_handler
    from flwr.superlink.main import create_app

    from garrison.federated.deployment.gate import Gate

    # By its name: the package gives the function of the same name instead.
    flower = importlib.import_module("flwr.superlink.cli.flower_superlink")
    config = flower._parse_superlink_lifespan_config()
    app = create_app(config, flower.SuperLinkLifespan)
    uvicorn.run(
        Gate(app, key=key),
        host=config.host,
        port=config.port,
        access_log=False,
        log_config=get_uvicorn_log_config(console_handler.level),
        ssl_keyfile=config.ssl_keyfile,
        ssl_certfile=config.ssl_certfile,
        timeout_graceful_shutdown=int(GRACE_S),
    )


def _supernode() -> None:
    """Flower's SuperNode, which looks for messages more often than every three seconds."""
    from flwr.supercore import heartbeat
    from flwr.supernode import fleet_http_connection
    from flwr.supernode.cli import flower_supernode

    for module in (heartbeat, fleet_http_connection):
        vars(module)["HEARTBEAT_DEFAULT_INTERVAL"] = HEARTBEAT_S
    worker = importlib.import_module("flwr.supernode.start_client_internal")
    worker.time = SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, LOOK_S)))  # type: ignore[attr-defined]
    flower_supernode()
    # It returns when the server no longer knows it; what serves its tasks would keep it here.
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
