"""The shop's deploy agent: one process per environment, loopback only.

It speaks the `generic-http` recipe. What it promises: a package is only installed when its SHA-256
is the announced one and each file is what MANIFEST.json says; the same idempotency key never
deploys twice; the release directory is switched by one rename; an earlier release is kept and can
be returned to. A package that carries shop.py is a whole release; anything less is laid over a
copy of the running one. Unpacking is left to `zstd` and `tar`, which the machine must have.

Faults for tests, as JSON in the variable AGENT_FAULT or by POST /_fault (merged; see `Faults`).
It ends, and the shop with it, when its standard input closes.
"""

import argparse
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Faults:
    cut_before: int = 0  # so many POSTs: close the connection, nothing accepted
    cut_after: int = 0  # so many POSTs: accept, then close the connection without an answer
    refuse: int = 0  # answer this status (500, 503, …) to POSTs and accept nothing
    refuse_times: int = 1  # to so many of them
    answer_ms: int = 0  # wait before every answer
    step_ms: int = 0  # wait before each step of a run
    fail_unpack: bool = False  # the run fails while unpacking
    hang: bool = False  # the run stops making progress until it is cancelled
    blind_health: bool = False  # believe any answer of the shop to be good health


class Refused(Exception):
    """A run cannot go on; the message is for the person who reads the run."""


class Cancelled(Exception):
    pass


class Run:
    def __init__(self, kind, key, sha256):
        self.id = uuid.uuid4().hex[:12]
        self.kind, self.key, self.sha256 = kind, key, sha256
        self.state, self.message = "running", ""
        self.lines = []
        self.cancelled = threading.Event()

    def log(self, text):
        self.lines.append(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n")

    def json(self):
        return {
            "run": self.id,
            "state": self.state,
            "message": self.message,
            "kind": self.kind,
            "sha256": self.sha256,
        }


class Environment:
    """One environment on disk: releases/<sha256>/, the link `current`, packages/<sha256>."""

    def __init__(self, root, base, shop_port, faults):
        self.root, self.shop_port, self.faults = root, shop_port, faults
        self.lock = threading.RLock()
        self.runs, self.by_key, self.received = {}, {}, {}
        self.active = None
        self.shop = None
        self.history = []
        (root / "packages").mkdir(parents=True, exist_ok=True)
        (root / "releases").mkdir(exist_ok=True)
        self.base = tree_hash(base)
        if not self.release(self.base).exists():
            shutil.copytree(base, self.release(self.base), ignore=shutil.ignore_patterns(".git"))
        self.switch(self.base)
        self.restart()

    def release(self, sha256):
        return self.root / "releases" / sha256

    def running(self):
        return os.path.basename(os.readlink(self.root / "current"))

    def switch(self, sha256):
        link = self.root / "current.next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("releases") / sha256)
        os.replace(link, self.root / "current")
        self.history.append(sha256)

    def restart(self):
        """The shop runs with the environment's root as working directory, not its release's."""
        if self.shop:
            self.shop.stdin.close()
            self.shop.wait()
        script = self.root / "current" / "shop.py"
        log = (self.root / "shop.log").open("ab")
        self.shop = subprocess.Popen(
            [sys.executable, "-B", script, "--port", str(self.shop_port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=self.root,
        )
        log.close()

    def health(self, seconds):
        """Waits until the shop answers at all; the status of /healthz, or None."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.shop.poll() is None:
            try:
                url = f"http://127.0.0.1:{self.shop_port}/healthz"
                return urllib.request.urlopen(url, timeout=2).status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                time.sleep(0.05)
        return None

    def begin(self, kind, key, sha256, work):
        """The run of this key: the one that exists, or a new one. Raises Refused when busy."""
        with self.lock:
            if key:
                self.received[key] = self.received.get(key, 0) + 1
                if key in self.by_key:
                    earlier = self.by_key[key]
                    if (earlier.kind, earlier.sha256) != (kind, sha256):
                        raise Refused("this idempotency key was used for something else")
                    return earlier
            if self.active:
                raise Refused(f"run {self.active.id} is still going on in this environment")
            run = Run(kind, key, sha256)
            self.runs[run.id] = run
            if key:
                self.by_key[key] = run
            self.active = run
        threading.Thread(target=self.carry_out, args=(run, work), daemon=True).start()
        return run

    def carry_out(self, run, work):
        try:
            work(run)
            state, message = "succeeded", f"{run.sha256[:12]} is running"
        except Cancelled:
            state, message = "cancelled", "cancelled on request; nothing was switched"
        except Refused as error:
            state, message = "failed", str(error)
        except Exception as error:
            state, message = "failed", f"{type(error).__name__}: {error}"
        run.log(f"{state}: {message}")
        with self.lock:
            run.message, run.state = message, state
            self.active = None

    def step(self, run, text):
        if run.cancelled.wait(self.faults.step_ms / 1000):
            raise Cancelled
        while self.faults.hang:
            if run.cancelled.wait(0.05):
                raise Cancelled
        if run.cancelled.is_set():
            raise Cancelled
        run.log(text)

    def install(self, run, package):
        self.step(run, f"unpacking {run.sha256[:12]}, {package.stat().st_size} bytes")
        new = self.release(run.sha256)
        if not new.exists():
            scratch = self.root / f"unpack-{run.id}"
            scratch.mkdir()
            try:
                self.unpack(run, package, scratch)
                os.replace(scratch, new)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        self.activate(run)

    def unpack(self, run, package, scratch):
        if self.faults.fail_unpack:
            raise Refused("the package could not be unpacked: no space left on device")
        names = command("tar", "--zstd", "-tf", package).splitlines()
        for name in names:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise Refused(f"the package holds an unsafe path: {name}")
        if "shop.py" not in names:
            run.log("a patch: laid over a copy of the running release")
            shutil.copytree(self.release(self.running()), scratch, dirs_exist_ok=True)
        command("tar", "--zstd", "-xf", package, "-C", scratch, "--no-same-owner")
        self.step(run, "checking every file against the manifest")
        files = json.loads((scratch / "MANIFEST.json").read_text())["files"]
        for entry in files:
            file = scratch / entry["path"]
            if not file.is_file() or file.is_symlink():
                raise Refused(f"the package lacks {entry['path']}")
            if sha256_of(file.read_bytes()) != entry["sha256"]:
                raise Refused(f"{entry['path']} is not what the manifest says")
        run.log(f"{len(files)} files are what the manifest says")
        hook = scratch / "scripts" / "post_install.py"
        if hook.exists():
            self.step(run, "running scripts/post_install.py")
            for line in command(sys.executable, "-B", hook).splitlines():
                run.log(line)

    def activate(self, run):
        self.step(run, "switching the release and restarting the shop")
        self.switch(run.sha256)
        self.restart()
        run.log("waiting for the shop to answer")
        status = self.health(15)
        if status is None:
            raise Refused("the shop did not come up again")
        run.log(f"/healthz answers {status}")
        if status != 200 and not self.faults.blind_health:
            raise Refused(f"the shop answers {status} on /healthz after the restart")

    def state(self):
        current = self.root / "current"
        files = {
            str(path.relative_to(current)): sha256_of(path.read_bytes())
            for path in sorted(current.rglob("*"))
            if path.is_file() and path.name != "MANIFEST.json"
        }
        version = (current / "VERSION").read_text().strip()
        return {"sha256": self.running(), "version": version, "files": files}

    def earlier(self, wanted):
        """The kept release that a rollback means; without a name, the one before the running."""
        if wanted in (None, ""):
            before = [sha for sha in self.history if sha != self.running()]
            wanted = before[-1] if before else None
        elif wanted == "base":
            wanted = self.base
        if wanted is None or "/" in wanted or not self.release(wanted).is_dir():
            raise KeyError(wanted)
        return wanted


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


def tree_hash(folder):
    """An identity for the release that was there before any package."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".git" not in path.parts:
            whole.update(f"{path.relative_to(folder)}\0{sha256_of(path.read_bytes())}\n".encode())
    return whole.hexdigest()


def command(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Refused(f"{Path(words[0]).name} failed: {' '.join(last)}")
    return done.stdout


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    environment: Environment

    def do_GET(self):
        here, url = self.environment, urlsplit(self.path)
        parts = [part for part in url.path.split("/") if part]
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        match parts:
            case ["healthz"]:
                self.answer(200, {"ok": True})
            case ["running"]:
                self.answer(200, here.state())
            case ["received"]:
                self.answer(200, here.received)
            case ["deployments"]:
                run = here.by_key.get(query.get("key"))
                self.answer(200, run.json()) if run else self.missing("no run has this key")
            case ["deployments", run] if run in here.runs:
                self.answer(200, here.runs[run].json())
            case ["deployments", run, "logs"] if run in here.runs:
                after = query.get("after", "0")
                after = int(after) if after.isdigit() else 0
                self.text("".join(here.runs[run].lines[after:]))
            case _:
                self.missing("there is nothing at this address")

    def do_POST(self):
        body = self.body()
        parts = [part for part in urlsplit(self.path).path.split("/") if part]
        if parts == ["_fault"]:
            return self.set_faults(body)
        here, faults = self.environment, self.environment.faults
        if faults.cut_before > 0:
            here.faults = replace(faults, cut_before=faults.cut_before - 1)
            return self.cut()
        if faults.refuse and faults.refuse_times > 0:
            here.faults = replace(faults, refuse_times=faults.refuse_times - 1)
            return self.answer(faults.refuse, {"error": "the agent is out of order"})
        try:
            match parts:
                case ["deployments"]:
                    self.deploy(body)
                case ["rollback"]:
                    self.roll_back(body)
                case ["deployments", run, "cancel"] if run in here.runs:
                    here.runs[run].cancelled.set()
                    self.answer(202, here.runs[run].json())
                case _:
                    self.missing("there is nothing at this address")
        except Refused as error:
            self.answer(409, {"error": str(error)})

    def deploy(self, body):
        here, key = self.environment, self.headers.get("Idempotency-Key")
        wanted = (self.headers.get("X-Package-SHA256") or "").lower()
        if not key:
            return self.answer(400, {"error": "the header Idempotency-Key is missing"})
        if sha256_of(body) != wanted:
            return self.answer(422, {"error": "the package is not what X-Package-SHA256 says"})
        package = here.root / "packages" / wanted
        package.write_bytes(body)
        self.accept(here.begin("deploy", key, wanted, lambda run: here.install(run, package)))

    def roll_back(self, body):
        here = self.environment
        try:
            wanted = here.earlier(json.loads(body or b"{}").get("to"))
        except (ValueError, AttributeError):
            return self.answer(400, {"error": 'the body must be {"to": sha256}'})
        except KeyError as error:
            return self.missing(f"no release {error} is kept here")
        key = self.headers.get("Idempotency-Key")
        self.accept(here.begin("rollback", key, wanted, here.activate))

    def accept(self, run):
        here = self.environment
        if here.faults.cut_after > 0:
            here.faults = replace(here.faults, cut_after=here.faults.cut_after - 1)
            return self.cut()
        self.answer(202, run.json())

    def set_faults(self, body):
        try:
            self.environment.faults = replace(self.environment.faults, **json.loads(body))
        except (TypeError, ValueError) as error:
            return self.answer(400, {"error": str(error)})
        self.answer(200, asdict(self.environment.faults))

    def missing(self, text):
        self.answer(404, {"error": text})

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def body(self):
        """A client that streams a package sends chunks and no length (RFC 9112, 7.1)."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def answer(self, status, value):
        self.send(status, "application/json", json.dumps(value))

    def text(self, value):
        self.send(200, "text/plain; charset=utf-8", value)

    def send(self, status, kind, text):
        time.sleep(self.environment.faults.answer_ms / 1000)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--name", required=True)
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--base", type=Path, required=True, help="the release to begin with")
    options.add_argument("--port", type=int, default=0, help="0: any free one")
    options.add_argument("--shop-port", type=int, required=True)
    given = options.parse_args()
    faults = replace(Faults(), **json.loads(os.environ.get("AGENT_FAULT") or "{}"))
    Door.environment = Environment(given.root.resolve(), given.base, given.shop_port, faults)
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Door)
    if Door.environment.health(15) != 200:
        sys.exit(f"the shop of {given.name} did not come up")
    print(json.dumps({"port": server.server_port}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while sys.stdin.buffer.read(4096):
        pass
    Door.environment.shop.stdin.close()
    os._exit(0)


if __name__ == "__main__":
    main()
