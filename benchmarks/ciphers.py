"""How fast keys and ciphertexts of the M-209 are made, and in how much memory; beside the machine letter by letter.

    python benchmarks/ciphers.py                              # beside plain Python, one core, 52 to 1,000 letters
    python benchmarks/ciphers.py --messages 10000 100000 1000000 --jobs 1 2    # to shards on disk

The first compares, in one process each: ``random_keys`` and ``M209.encrypt`` with a machine in plain Python that deals
cards, spreads overlaps until every shift comes up, and turns its wheels letter by letter. Both make keys by the same
rules, and the first keys of ours are put through the plain machine too: the ciphertexts must be equal. Tabulating the
bars, once a process, is counted apart. The second runs the commands ``keys``, ``encrypt`` and ``arrays`` as a person
would, all that they write counted. Prints messages a second and peak resident memory as tables and as JSON.
"""

import argparse
import importlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np

LENGTHS = (52, 104, 200, 1000)


def measure_ours(messages: int, length: int) -> dict[str, float]:
    """Keys and ciphertexts over whole arrays, 50,000 at a time, in this process."""
    from garrison.ciphers import M209
    from garrison.ciphers.m209 import random_keys

    started = time.perf_counter()
    random_keys(1, seed=0)
    tabulated = time.perf_counter() - started
    letters = np.random.default_rng(0).integers(26, size=(min(messages, 50_000), length), dtype=np.uint8)
    key_seconds = message_seconds = 0.0
    for number, start in enumerate(range(0, messages, 50_000)):
        now = min(50_000, messages - start)
        began = time.process_time()
        keys = random_keys(now, seed=number)
        halfway = time.process_time()
        M209().encrypt(keys, letters[:now])
        key_seconds += halfway - began
        message_seconds += time.process_time() - halfway
    return {"tabulated": tabulated, "keys": key_seconds / messages, "messages": message_seconds / messages}


def measure_plain(messages: int, length: int) -> dict[str, float]:
    """The same letter by letter, in this process; and that both machines print the same."""
    peer = importlib.import_module("peers.m209_letter_by_letter")
    generator = random.Random(0)
    began = time.process_time()
    machines = [peer.Machine(*peer.random_key(generator)) for _ in range(messages)]
    halfway = time.process_time()
    for machine in machines:
        machine.encipher("A" * length)
    return {
        "keys": (halfway - began) / messages,
        "messages": (time.process_time() - halfway) / messages,
        "equal": equal(length),
    }


def equal(length: int) -> bool:
    """Whether keys of ours give the same ciphertext in both machines."""
    from garrison.ciphers import M209
    from garrison.ciphers.letters import as_text
    from garrison.ciphers.m209 import KeyRules, random_keys
    from garrison.ciphers.m209.key_list import key_list_facts

    peer = importlib.import_module("peers.m209_letter_by_letter")
    keys = random_keys(20, KeyRules(overlaps=(1, 4)), seed=1)
    sent = M209().encrypt(keys, np.zeros((20, length), np.uint8))
    lists = key_list_facts(keys, [str(place) for place in range(20)])
    return all(
        peer.Machine(each["pins_effective"], each["bars"]).encipher("A" * length) == as_text(ours)
        for each, ours in zip(lists, sent, strict=True)
    )


def beside_plain_python(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Both ways for each length, each in a process of its own."""
    print(f"{'letters':>8} {'way':>6} {'µs a key':>10} {'µs a message':>13} {'messages/s':>11} {'times':>7}")
    found = []
    for length in options.lengths:
        ours = apart("ours", options.ours, length)
        plain = apart("plain", options.plain, length)
        times = (plain["keys"] + plain["messages"]) / (ours["keys"] + ours["messages"])
        for way, each, ratio in (("ours", ours, f"{times:,.0f}"), ("plain", plain, "1")):
            speed = 1 / (each["keys"] + each["messages"])
            numbers = f"{each['keys'] * 1e6:10,.2f} {each['messages'] * 1e6:13,.2f} {speed:11,.0f} {ratio:>7}"
            print(f"{length:8} {way:>6} {numbers}", flush=True)
        assert plain["equal"], "the two machines differ"
        found.append({"length": length, "ours": ours, "plain": plain, "times": times})
    print(f"tabulating the bars, once a process: {found[0]['ours']['tabulated']:.1f} s")
    return found


def apart(way: str, messages: int, length: int) -> dict[str, float]:
    """What is measured in a process of its own."""
    command = [sys.executable, __file__, "--one", way, str(messages), str(length)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def to_disk(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The three commands, by numbers of messages and of processes."""
    print(
        f"{'messages':>11} {'letters':>8} {'jobs':>5} {'stage':>8} {'seconds':>9} {'messages/s':>11} {'peak MiB':>9}"
    )
    found = []
    for messages in options.messages:
        for jobs in options.jobs:
            with tempfile.TemporaryDirectory() as folder:
                for stage in ("keys", "encrypt", "arrays"):
                    measured = stage_apart(stage, messages, options.disk_length, jobs, folder)
                    speed = messages / measured["seconds"]
                    row = f"{messages:11,} {options.disk_length:8} {jobs:5} {stage:>8} {measured['seconds']:9.1f}"
                    print(f"{row} {speed:11,.0f} {measured['peak_mib']:9.0f}", flush=True)
                    found.append({"messages": messages, "jobs": jobs, "stage": stage, **measured})
    return found


def stage_apart(stage: str, messages: int, length: int, jobs: int, folder: str) -> dict[str, float]:
    """One command in a process of its own; the peak is that of the largest process."""
    asked = {
        "keys": ["--count", str(messages)],
        "encrypt": ["--mode", "known-plaintext", "--length", str(length)],
        "arrays": [],
    }[stage]
    command = [
        "garrison",
        "ciphers",
        stage,
        "--split",
        "train",
        "--folder",
        folder,
        "--jobs",
        str(jobs),
        *asked,
    ]
    script = (
        "import json, resource, subprocess, sys, time; began = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(json.dumps({'seconds': time.perf_counter() - began, "
        "'peak_mib': resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, capture_output=True, text=True
    )
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--ours", type=int, default=200_000, help="messages of ours for each length")
    parser.add_argument("--plain", type=int, default=300, help="messages of plain Python for each length")
    parser.add_argument("--messages", type=int, nargs="+", help="messages to write to disk, instead")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--disk-length", type=int, default=104)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "MESSAGES", "LETTERS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, messages, length = options.one
        measured = {"ours": measure_ours, "plain": measure_plain}[way](int(messages), int(length))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**measured, "peak_mib": peak}))
        return
    print(json.dumps(to_disk(options) if options.messages else beside_plain_python(options)))


if __name__ == "__main__":
    main()
