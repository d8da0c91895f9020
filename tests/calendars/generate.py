"""Calendars with the answers of recurring_ical_events 3.8 (python-dateutil 2.9), a JSON line each.

    pip install -r requirements.txt
    python generate.py 400 1 > expected.jsonl       generated calendars, and a seed
    python generate.py rules 400 1                  single rules, answered by python-dateutil alone
    python generate.py file FILE FROM TO [UID]...   a calendar of others, without these UIDs
    python generate.py packages FROM TO             all calendars with events that came with the packages

Not drawn, because there we differ on purpose: hours of DURATION across a change of the clock (they
really pass, RFC 5545 3.3.6), UNTIL as a day for a start with a time (the day counts in full), an
end for a start in the gap of spring (it keeps its length), the gap of a zone the file describes.
"""
import datetime as d
import json
import pathlib
import random
import sys
import zoneinfo

import icalendar
import recurring_ical_events

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]
UTC = d.timezone.utc
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
OWN = """BEGIN:VTIMEZONE
TZID:Our own zone
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def rule(r, kind, start):
    some = lambda values, most: ",".join(map(str, sorted(r.sample(values, r.randint(1, most)))))
    freq = r.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}"]
    by = []
    if r.random() < 0.4:
        parts.append(f"INTERVAL={r.randint(2, 4)}")
    if freq == "DAILY" and r.random() < 0.5:
        by.append(r.choice([f"BYDAY={some(DAYS, 4)}", f"BYMONTH={some(range(1, 13), 4)}",
                            f"BYMONTHDAY={some([1, 5, 13, 31, -1, -2], 3)}"]))
    if freq == "WEEKLY" and r.random() < 0.7:
        by.append(f"BYDAY={some(DAYS, 4)}")
    if freq == "MONTHLY" and r.random() < 0.8:
        by.append(r.choice([f"BYMONTHDAY={some([1, 13, 29, 30, 31, -1, -31], 3)}", f"BYDAY={some(DAYS, 3)}",
                            f"BYDAY={r.choice([1, 2, 3, 5, -1, -2])}{r.choice(DAYS)}",
                            "BYDAY=FR;BYMONTHDAY=13"]))
    if freq == "YEARLY" and r.random() < 0.8:
        by.append(r.choice([f"BYMONTH={some(range(1, 13), 3)}", f"BYYEARDAY={some([1, 60, 100, 366, -1, -366], 3)}",
                            f"BYWEEKNO={some([1, 10, 20, 52, 53, -1], 3)};BYDAY={some(DAYS, 2)}",
                            f"BYDAY={r.choice([1, 20, 53, -1])}{r.choice(DAYS)}",
                            f"BYMONTH={r.choice([3, 10])};BYDAY={r.choice([1, 2, -1])}SU"]))
    if kind != "day" and r.random() < 0.2:
        by.append(f"BYHOUR={some(range(0, 24), 3)}")
    if by and r.random() < 0.3:
        by.append(f"BYSETPOS={some([1, 2, -1], 2)}")
    parts += by
    if r.random() < 0.3:
        parts.append(f"WKST={r.choice(DAYS)}")
    ends = r.random()
    if ends < 0.3:
        parts.append(f"COUNT={r.randint(1, 40)}")
    elif ends < 0.6:
        last = start + d.timedelta(days=r.randint(0, 500))
        parts.append("UNTIL=" + {"day": f"{last:%Y%m%d}", "floating": f"{last:%Y%m%dT%H%M%S}"}.get(kind, f"{last:%Y%m%dT%H%M%SZ}"))
    return ";".join(parts)


def in_utc(kind, wall):
    zone = {"utc": "UTC", "own": "Europe/Berlin", "floating": "UTC", "day": "UTC"}.get(kind, kind)
    return wall.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(d.timezone.utc).replace(tzinfo=None)


def event(r, number):
    kind = r.choice(["day", "floating", "utc", "own"] + ZONES * 2)
    start = d.datetime(2025, 1, 1) + d.timedelta(days=r.randint(0, 500), hours=r.randint(0, 23), minutes=r.choice([0, 0, 30]))
    if r.random() < 0.2:  # near a change of the clock
        start = r.choice([d.datetime(2025, 3, 28, 2, 30), d.datetime(2025, 10, 24, 2, 30), d.datetime(2025, 3, 9, 2, 0)])
    how = r.random()
    if start.hour == 2 and (kind == "own" or how < 0.6):
        start += d.timedelta(hours=2)
    suffix = "Z" if kind == "utc" else ""
    param = {"day": ";VALUE=DATE", "floating": "", "utc": "", "own": ";TZID=Our own zone"}.get(kind, f";TZID={kind}")
    show = (lambda t: f"{param}:{t:%Y%m%d}") if kind == "day" else (lambda t: f"{param}:{t:%Y%m%dT%H%M%S}{suffix}")
    uid = f"e{number}"
    lines = ["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Wörter\\, die lang genug sind\\; um gefaltet zu werden und noch länger", f"DTSTART{show(start)}"]
    length = d.timedelta(days=r.randint(1, 3)) if kind == "day" else d.timedelta(minutes=r.choice([0, 15, 60, 90, 480, 1500]))
    if how < 0.6:
        lines.append(f"DTEND{show(start + length)}")
    elif how < 0.8:
        whole = kind not in ("utc", "floating")
        lines.append(f"DURATION:P{r.randint(1, 2)}D" if whole else "DURATION:PT1H30M")
    starts = [start]
    if r.random() < 0.85:
        # Several starts a day: recurring_ical_events takes the wall clock of one for UTC as well, and then
        # drops or merges what it should not. dateutil judges such rules (`rules`).
        parts = [p for p in rule(r, kind, start).split(";") if not p.startswith("BYHOUR")]
        if not any(p.startswith("BY") and not p.startswith("BYSETPOS") for p in parts):
            parts = [p for p in parts if not p.startswith("BYSETPOS")]
        text = ";".join(parts)
        lines.append(f"RRULE:{text}")
        from dateutil.rrule import rrulestr
        plain = ";".join(p for p in text.split(";") if not p.startswith("UNTIL"))
        starts = [t for _, t in zip(range(12), rrulestr(plain, dtstart=start))] or [start]
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        extra = start + d.timedelta(days=r.randint(1, 200), minutes=0 if kind == "day" else r.choice([0, 45]))
        if kind != "day" and r.random() < 0.3:
            lines.append(f"RDATE;VALUE=PERIOD{show(extra)}/" + (f"{extra + d.timedelta(hours=2):%Y%m%dT%H%M%S}{suffix}" if kind != "utc" else "PT2H"))
        else:
            lines.append(f"RDATE{show(extra)}")
    excluded_day = None
    if r.random() < 0.4:
        gone = r.choice(starts)
        day = d.datetime(gone.year, gone.month, gone.day)
        # recurring_ical_events takes a day for the midnight at which it begins, and so for what starts at that
        # time in UTC, on whatever day that is here.
        clashes = any(in_utc(kind, gone + d.timedelta(days=n)) == day for n in (-1, 0, 1))
        whole_day = r.random() < 0.2 and (kind == "day" or not clashes)
        lines.append(f"EXDATE;VALUE=DATE:{gone:%Y%m%d}" if whole_day else f"EXDATE{show(gone)}")
        if whole_day and kind != "day":
            excluded_day = day
    if r.random() < 0.05:
        lines.append("STATUS:CANCELLED")
    lines.append("END:VEVENT")
    # By the same midnight it knows a change of what starts then.
    places = [one for one in starts if one != excluded_day]
    if places and r.random() < 0.35:
        place = r.choice(places)
        moved = place + d.timedelta(days=r.randint(-3, 3), minutes=0 if kind == "day" else r.choice([0, 30, 300]))
        future = ";RANGE=THISANDFUTURE" if r.random() < 0.2 else ""
        lines += ["BEGIN:VEVENT", f"UID:{uid}", f"RECURRENCE-ID{future}{show(place)}", f"DTSTART{show(moved)}", f"DTEND{show(moved + (length or d.timedelta(minutes=5)))}"]
        lines += ["STATUS:CANCELLED"] if r.random() < 0.3 and not future else []
        lines.append("END:VEVENT")
    return lines


def fold(line):
    raw, out = line.encode(), []
    while len(raw) > 73:
        out, raw = out + [raw[:73]], raw[73:]
    return b"\r\n ".join(out + [raw]).decode(errors="replace") if all(b < 128 for b in line.encode()) else line


def main(count, seed):
    r = random.Random(seed)
    while count:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:generate.py", *OWN.split("\n")[:-1]]
        for number in range(r.randint(1, 2)):
            lines += event(r, number)
        text = "\r\n".join(map(fold, lines + ["END:VCALENDAR", ""]))
        begin = d.datetime(2025, 1, 1, tzinfo=d.timezone.utc) + d.timedelta(hours=r.randint(0, 24 * 500))
        end = begin + d.timedelta(hours=r.randint(1, 24 * 300))
        tell(text, begin, end, expected(text, begin, end))
        count -= 1


def instant(t):
    return (t if t.tzinfo else t.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expected(text, begin, end, without=()):
    calendar = icalendar.Calendar.from_ical(text)
    found = occurrences(calendar, begin, end, without)
    # A window that begins within a period of an RDATE which is longer than the event misses it.
    early = occurrences(calendar, begin - d.timedelta(hours=3), begin, without)
    return found + [one for one in early if not one["all_day"] and one["end"] > instant(begin) and one not in found]


def occurrences(calendar, begin, end, without=()):
    found = []
    for one in recurring_ical_events.of(calendar).between(begin, end):
        if one.get("STATUS") == "CANCELLED" or one.get("UID") in without:
            continue
        days = not isinstance(one["DTSTART"].dt, d.datetime)
        said = lambda t: t.isoformat() if days else instant(t)
        start, end = one["DTSTART"].dt, one["DTEND"].dt
        if days and start == end:  # a day that ends on itself is that day
            end += d.timedelta(days=1)
        found.append({"uid": str(one.get("UID", "")), "start": said(start), "end": said(end), "all_day": days})
    return found


def tell(text, begin, end, found):
    found.sort(key=lambda one: (one["start"], one["end"], one["uid"]))
    print(json.dumps({"ics": text, "from": instant(begin), "to": instant(end), "expected": found}, ensure_ascii=False))


def packages(begin, end):
    """A line each for the calendars of icalendar's and recurring_ical_events' own tests: most are what
    Google, Exchange, Outlook, Thunderbird, Nextcloud, Evolution, Confluence and others wrote, sent in by
    whoever had trouble with them. They are read where pip has put them, and are in no repository of ours."""
    here = pathlib.Path(icalendar.__file__).parent.parent
    for path in sorted(here.rglob("*.ics")):
        raw = path.read_bytes()
        if b"BEGIN:VCALENDAR" not in raw or b"BEGIN:VEVENT" not in raw:
            continue
        told = {"file": str(path), "name": path.relative_to(here).as_posix()}
        try:
            found = []
            for one in icalendar.Calendar.from_ical(raw.decode("utf-8-sig"), multiple=True):
                found += occurrences(one, begin, end)
            found.sort(key=lambda one: (one["start"], one["end"], one["uid"]))
            told["expected"] = found
        except Exception as error:  # They refuse all of a file for one thing in it.
            told["refused"] = f"{type(error).__name__}: {error}"
        print(json.dumps(told, ensure_ascii=False))


def rules(count, seed):
    """The walls of a rule by python-dateutil, each put on the clock of its zone by the standard library."""
    from zoneinfo import ZoneInfo

    from dateutil.rrule import rrulestr

    r = random.Random(seed)
    for number in range(count):
        zone = r.choice(ZONES + ["UTC"])
        start = d.datetime(2025, 1, 1) + d.timedelta(days=r.randint(0, 500), hours=r.randint(0, 23), minutes=r.choice([0, 30]))
        if r.random() < 0.3:  # near a change of the clock
            start = r.choice([d.datetime(2025, 3, 28, 2, 30), d.datetime(2025, 10, 24, 2, 30), d.datetime(2025, 3, 9, 2, 0), d.datetime(2025, 10, 4, 2, 15)])
        # An UNTIL is an instant here and a wall there; where the clock is always the same they are one.
        text = rule(r, "utc" if zone == "UTC" else "floating", start)
        if zone != "UTC":
            text = ";".join(part for part in text.split(";") if not part.startswith("UNTIL"))
        begin = d.datetime(2025, 1, 1, tzinfo=UTC) + d.timedelta(hours=r.randint(0, 24 * 500))
        end = begin + d.timedelta(hours=r.randint(1, 24 * 300))
        last = end.replace(tzinfo=None) + d.timedelta(days=2)
        walls = {start}
        for wall in rrulestr(text.replace("Z", ""), dtstart=start):
            if wall > last:
                break
            walls.add(wall)
        found = []
        for wall in walls:
            at = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            until = at + d.timedelta(minutes=90)
            if at < end and begin < until:
                found.append({"uid": f"r{number}", "start": instant(at), "end": instant(until), "all_day": False})
        lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:r{number}", f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}", "DURATION:PT1H30M", f"RRULE:{text}", "END:VEVENT", "END:VCALENDAR", ""]
        tell("\r\n".join(lines), begin, end, found)


if sys.argv[1] == "rules":
    rules(int(sys.argv[2]), int(sys.argv[3]))
elif sys.argv[1] == "file":
    text = open(sys.argv[2], encoding="utf-8", newline="").read()
    begin, end = (d.datetime.fromisoformat(at.replace("Z", "+00:00")) for at in sys.argv[3:5])
    tell(text, begin, end, expected(text, begin, end, sys.argv[5:]))
elif sys.argv[1] == "packages":
    packages(*(d.datetime.fromisoformat(at.replace("Z", "+00:00")) for at in sys.argv[2:4]))
else:
    main(int(sys.argv[1]), int(sys.argv[2]))
