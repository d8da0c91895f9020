#!/usr/bin/env python3
"""Checks a case bundle of Hotfix Desk: files, private digests, chain. See VERIFY.md.
usage: python3 verify.py [FOLDER or BUNDLE.zip]   (the folder it lies in, if left out)
Exit 0: all is as it must be. Exit 1: a line for everything that is not.
"""
import hashlib
import json
import os
import struct
import sys
import uuid
import zipfile

PLACE = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
ARCHIVE = zipfile.ZipFile(PLACE) if os.path.isfile(PLACE) else None
wrong = []


def names():
    if ARCHIVE:
        return ARCHIVE.namelist()
    files = [os.path.join(folder, name) for folder, _, names in os.walk(PLACE) for name in names]
    return [os.path.relpath(path, PLACE).replace(os.sep, "/") for path in files]


def opened(path):
    return ARCHIVE.open(path) if ARCHIVE else open(os.path.join(PLACE, path), "rb")


def read(path):
    with opened(path) as file:
        return file.read()


def frame(data):
    return struct.pack(">q", len(data)) + data


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def check_files():
    listed = read("manifest.json")
    note = hashlib.sha256(listed).hexdigest() + "  manifest.json\n"
    if read("manifest.sha256") != note.encode():
        wrong.append("manifest.json or manifest.sha256: one does not fit the other")
    known = {"manifest.json", "manifest.sha256"}
    for entry in json.loads(listed)["files"]:
        path, digest, size = entry["path"], hashlib.sha256(), 0
        known.add(path)
        try:
            with opened(path) as file:
                for block in iter(lambda: file.read(1 << 20), b""):
                    digest.update(block)
                    size += len(block)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            wrong.append(f"{path}: cannot be read: {error}")
            continue
        if (size, digest.hexdigest()) != (entry["size"], entry["sha256"]):
            wrong.append(f"{path}: is not what manifest.json says")
    wrong.extend(f"{path}: is not in manifest.json" for path in sorted(set(names()) - known))


def check_record(record, before):
    """The record's hash; whatever is wrong with it is noted."""
    place = f"journal.jsonl: record {record['seq']}"
    digest = bytes.fromhex(record["private_digest"])
    if record["private"] is not None:
        salt = bytes.fromhex(record["salt"])
        if sha(b"hotfix-desk/private/1", frame(salt), frame(record["private"].encode())) != digest:
            wrong.append(f"{place}: its private part was changed")
    text = lambda name: frame(record[name].encode())
    number = lambda name: struct.pack(">q", int(record[name]))
    key = lambda name: frame(uuid.UUID(record[name]).bytes)
    found = sha(
        b"hotfix-desk/record/1", frame(before), number("seq"), key("id"), text("stream"),
        number("version"), text("kind"), number("ignorable"), text("actor"), text("device"),
        key("command"), number("occurred_at"), number("recorded_at"), text("data"), frame(digest),
    )
    if found.hex() != record["hash"]:
        wrong.append(f"{place}: it was changed, or what stands before it was")
    return bytes.fromhex(record["hash"])


def check_journal():
    proof = json.loads(read("proof.json"))
    before, seq, own = bytes.fromhex(proof["before"]), proof["first"] - 1, 0
    if seq == 0 and before != sha(b"hotfix-desk/genesis/1", frame(uuid.UUID(proof["workspace"]).bytes)):
        wrong.append("proof.json: the first hash is not that of this workspace")
    with opened("journal.jsonl") as lines:
        for line in lines:
            seq += 1
            try:
                record = json.loads(line)
                if record["seq"] != seq:
                    raise ValueError("it is missing")
                before, own = check_record(record, before), own + record["own"]
            except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
                wrong.append(f"journal.jsonl: record {seq}: {error}")
                return seq, own
    if (seq, before.hex()) != (proof["head"]["seq"], proof["head"]["hash"]):
        wrong.append("journal.jsonl: it does not end at the head that proof.json names")
    return seq, own


def main():
    for check in (check_files, check_journal):
        try:
            told = check()
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            wrong.append(f"{check.__name__}: {type(error).__name__}: {error}")
    for line in wrong:
        print(line)
    if not wrong:
        print(f"OK: every file, and {told[1]} records of the case in the chain up to record {told[0]}")
    sys.exit(1 if wrong else 0)


main()
