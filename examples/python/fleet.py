#!/usr/bin/env python3
"""Submits tasks to a fleet and watches it, from Python.

    pip install -r requirements.txt
    fleet.py --fleet demo --connect tcp/127.0.0.1:7447 submit tasks.json
    fleet.py --fleet demo --connect tcp/127.0.0.1:7447 watch --until-done

A question is a Zenoh query on `fleet/<fleet>/ask/<verb>/<caller>` with a JSON object. Every orchestrator answers with a JSON
object, or with `{"error": {"field", "message", "again"}}`. News are put on `fleet/<fleet>/news/<task|robot>/<node>/*` by the
orchestrator that leads; they may be lost, and how things stand is what `list` and `status` say.

To use it from a program of your own, import `Fleet`:

    with Fleet("demo", ["tcp/127.0.0.1:7447"]) as fleet:
        fleet.submit([{"id": "t1", "stops": [{"x": 1.0, "y": 2.0}]}])
        for news in fleet.news():
            print(news)
"""

import argparse
import json
import os
import queue
import signal
import sys
import time
from pathlib import Path

try:
    import zenoh
except ImportError:
    print("fleet.py: the package `zenoh` is missing: pip install eclipse-zenoh", file=sys.stderr)
    sys.exit(4)

TASKS = 1_000  # of one question at most
QUESTION = 1 << 20  # bytes of one question at most
OTHERS = 0.5  # seconds that other orchestrators are waited for once one has answered
PAUSE = 0.05  # seconds between two tries
OPEN = ("submitted", "open", "held", "running")


class Refused(Exception):
    """An orchestrator does not do what it was asked for; asking again would not help."""


class Silence(Exception):
    """No good answer came in time."""


class Fleet:
    """A fleet, as people see it.

    `connect` has the endpoints of its orchestrators, `certs` the folder of a certificate for fleets that have them, and
    `caller` the name that the audit knows; with a certificate it is the one in there. An answer is waited for `within` seconds.
    """

    def __init__(self, name, connect, caller="python", certs=None, within=10.0):
        self.name, self.caller, self.within = name, caller, within
        self.session = zenoh.open(settings(connect, certs))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the session."""
        self.session.close()

    def submit(self, tasks):
        """Submits `tasks`: what a majority of the orchestrators has, and what was refused. To submit one again is harmless."""
        sums = {"accepted": [], "refused": []}
        for part in parts(tasks):
            answer = self.ask("submit", {"tasks": part})
            for field, of in sums.items():
                of.extend(answer.get(field, []))
        return sums

    def cancel(self, tasks):
        """Calls tasks off, by their ids."""
        return self.ask("cancel", {"tasks": list(tasks)})

    def tasks(self):
        """All tasks that an orchestrator knows, one page after the other."""
        tasks, page = [], self.ask("list", {})
        while True:
            tasks += page["tasks"]
            if not page["more"]:
                return tasks
            page = self.ask("list", {"after": tasks[-1]["id"]})

    def status(self):
        """How the fleet is, as the orchestrator that leads says; if none does, any."""
        answers = list(self.answers("status", {}))
        return next((answer for answer in answers if answer.get("leads")), answers[0])

    def is_done(self):
        """Whether no task is left to do."""
        return not any(self.status()["tasks"].get(phase, 0) for phase in OPEN)

    def ask(self, verb, question):
        """The first good answer to a question."""
        return next(self.answers(verb, question))

    def answers(self, verb, question):
        """All good answers that come within half a second of the first.

        Raises `Refused` if it was refused, and `Silence` if nobody can do it in time.
        """
        end = time.monotonic() + self.within
        why = f"no orchestrator answered within {self.within} s: is it running, does --connect name it?"
        while (left := end - time.monotonic()) > 0:
            refused, until, found = None, end, False
            for answer in self.replies(verb, question, left):
                error = answer.get("error")
                if error is None:
                    found = True
                    until = min(until, time.monotonic() + OTHERS)
                    yield answer
                elif error.get("again"):
                    why = error["message"]
                else:
                    refused = ": ".join(filter(None, (error.get("field"), error["message"])))
                if time.monotonic() >= until:
                    break
            if found:
                return
            if refused:
                raise Refused(refused)
            time.sleep(PAUSE)
        raise Silence(why)

    def replies(self, verb, question, within):
        """What orchestrators answer, as it comes."""
        replies = self.session.get(
            f"fleet/{self.name}/ask/{verb}/{self.caller}",
            payload=json.dumps(question),
            target=zenoh.QueryTarget.ALL,
            consolidation=zenoh.ConsolidationMode.NONE,
            timeout=within,
        )
        for reply in replies:
            if reply.ok is None:
                continue
            try:
                answer = json.loads(reply.ok.payload.to_bytes())
            except ValueError:
                continue
            if isinstance(answer, dict):
                yield answer

    def news(self, quiet=1.0):
        """What happens, as it happens; `None` after each `quiet` seconds without news."""
        heard = queue.SimpleQueue()
        key = f"fleet/{self.name}/news/**"
        subscriber = self.session.declare_subscriber(key, lambda sample: heard.put(sample.payload.to_bytes()))
        try:
            while True:
                try:
                    yield json.loads(heard.get(timeout=quiet))
                except queue.Empty:
                    yield None
                except ValueError:
                    continue
        finally:
            subscriber.undeclare()


def settings(connect, certs=None):
    """The settings of a session that connects to orchestrators and looks for nobody else."""
    config = zenoh.Config()
    fields = {
        "mode": "peer",
        "connect/endpoints": list(connect),
        "connect/timeout_ms": -1,
        "connect/exit_on_failure": False,
        "listen/endpoints": [],
        "scouting/multicast/enabled": False,
        "scouting/gossip/enabled": False,
        "transport/link/tx/lease": 1_000,
    }
    if certs is not None:
        folder = Path(certs)
        tls = "transport/link/tls/"
        fields |= {
            "transport/link/protocols": ["tls"],
            tls + "root_ca_certificate": str(folder / "authority.pem"),
            tls + "connect_certificate": str(folder / "node.pem"),
            tls + "connect_private_key": str(folder / "node.key"),
            tls + "enable_mtls": True,
            tls + "verify_name_on_connect": True,
        }
    for field, value in fields.items():
        config.insert_json5(field, json.dumps(value))
    return config


def parts(tasks):
    """The tasks in questions that are not too long."""
    part, length = [], 64
    for task in tasks:
        more = len(json.dumps(task)) + 2
        if part and (len(part) == TASKS or length + more > QUESTION):
            yield part
            part, length = [], 64
        part.append(task)
        length += more
    if part:
        yield part


def read(file):
    """The tasks of a JSON file: one, a list, or one in each line."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError:
        value = [line_of(file, k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip()]
    return value if isinstance(value, list) else [value]


def line_of(file, number, line):
    """The task in one line."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"{file}: line {number}: no JSON: {error}") from error


def watch(fleet, until_done):
    """Prints how the fleet is, then news, a JSON object in each line, until it is interrupted or nothing is left to do."""
    asked = None
    for news in fleet.news(quiet=0.2):
        if asked is None:
            asked = 0.0
            print(json.dumps({"what": "status", "status": fleet.status()}), flush=True)
        if news is not None:
            print(json.dumps(news), flush=True)
        if until_done and time.monotonic() - asked > 1.0:
            asked = time.monotonic()
            if fleet.is_done():
                return


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(
        description="Submits tasks to a fleet and watches it.",
        epilog="exit codes: 0 done, 1 refused, 2 wrong arguments or input, 3 nobody answered, 4 a package is missing",
    )
    environment = os.environ.get
    parser.add_argument("--fleet", default=environment("FLEET_ID"), help="its name; or FLEET_ID")
    parser.add_argument("--connect", action="append", metavar="ENDPOINT", help="of an orchestrator; several times")
    parser.add_argument("--certs", default=environment("FLEET_CERTS"), metavar="FOLDER", help="of a certificate; or FLEET_CERTS")
    parser.add_argument("--name", default="python", help="who asks, as the audit and the certificate know it (%(default)s)")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="of an answer (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("submit", help="tasks of a JSON file, or of - for the standard input").add_argument("file")
    commands.add_parser("cancel", help="call tasks off").add_argument("tasks", nargs="+", metavar="TASK")
    commands.add_parser("list", help="the tasks")
    commands.add_parser("status", help="how the fleet is")
    until = commands.add_parser("watch", help="what happens")
    until.add_argument("--until-done", action="store_true", help="until no task is left to do")
    given = parser.parse_args()
    if not given.fleet:
        parser.error("name the fleet: --fleet, FLEET_ID")
    if not given.connect:
        parser.error("name an orchestrator: --connect tcp/HOST:PORT")
    return given


def main():
    """Does what was asked for; the exit code."""
    given = arguments()
    try:
        with Fleet(given.fleet, given.connect, given.name, given.certs, given.timeout) as fleet:
            if given.command == "watch":
                watch(fleet, given.until_done)
                return 0
            answer = {
                "submit": lambda: fleet.submit(read(given.file)),
                "cancel": lambda: fleet.cancel(given.tasks),
                "list": fleet.tasks,
                "status": fleet.status,
            }[given.command]()
            print(json.dumps(answer, indent=2))
            return 1 if isinstance(answer, dict) and answer.get("refused") else 0
    except Refused as error:
        print(f"fleet.py: {error}", file=sys.stderr)
        return 1
    except Silence as error:
        print(f"fleet.py: {error}", file=sys.stderr)
        return 3
    except (OSError, ValueError, zenoh.ZError) as error:
        print(f"fleet.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
