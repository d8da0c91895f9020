import { render, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import Countdown from "./Countdown.svelte";
import { parseInstant, writeInstant } from "./datetime";
import RelativeTime from "./RelativeTime.svelte";
import { clockTime, duration, exact, face, relative } from "./time";

const now = Date.parse("2026-11-24T16:30:00Z");
const MIN = 60_000;

describe("relative times", () => {
  it("say how long ago, with the exact time on hover and for screen readers", () => {
    render(RelativeTime, {
      at: "2026-11-24T16:27:00Z",
      now,
      locale: "en-GB",
      zone: "Europe/Berlin",
    });
    const time = screen.getByRole("time");
    expect(time.textContent).toContain("3 min ago");
    expect(time.title).toMatch(/24 Nov 2026.*17:27:00/);
    expect(time.getAttribute("datetime")).toBe("2026-11-24T16:27:00.000Z");
  });

  it("grow from seconds to dates", () => {
    const at = (ms: number) => relative(now - ms, now, "en-GB");
    expect([at(1000), at(30_000), at(59 * MIN), at(23 * 60 * MIN)]).toEqual([
      "now",
      "30 sec ago",
      "59 min ago",
      "23 hr ago",
    ]);
    expect(at(10 * 1440 * MIN)).toBe("14 Nov");
    expect(relative("nonsense", now)).toBe("–");
  });

  it("follow the reader's locale and the schedule's zone", () => {
    expect(relative(now + 5 * MIN, now, "de")).toMatch(/in 5 (Min|Minuten)/);
    expect(exact(now, "en-GB", "Asia/Tokyo")).toMatch(/25 Nov 2026.*01:30:00/);
    expect(clockTime(now + 1440 * MIN, now, "en-GB", "UTC")).toBe("Wed 16:30");
  });
});

describe("clocks", () => {
  it("show hours and minutes, and days from two on", () => {
    expect([14 * MIN, 220 * MIN, 3000 * MIN].map(face)).toEqual(["0:14", "3:40", "2 d"]);
    expect([112_000, 221 * MIN, 0].map(duration)).toEqual(["1 min 52 s", "3 h 41 min", "0 s"]);
  });

  it("say aloud what is due and that it is overdue", () => {
    render(Countdown, { to: now - 12 * MIN, label: "resolve", now });
    expect(screen.getByText("resolve overdue by 12 min")).toBeTruthy();
  });
});

describe("typed times", () => {
  const zone = "Europe/Berlin"; // 17:30 there
  const read = (text: string) => {
    const at = parseInstant(text, zone, now);
    return at === undefined ? undefined : writeInstant(at, zone);
  };
  it.each([
    ["18:15", "2026-11-24 18:15"],
    ["9", "2026-11-25 09:00"],
    ["tomorrow 7:00", "2026-11-25 07:00"],
    ["fri 17:00", "2026-11-27 17:00"],
    ["tuesday 5pm", "2026-12-01 17:00"],
    ["+2h", "2026-11-24 19:30"],
    ["in 90 min", "2026-11-24 19:00"],
    ["2026-12-01 08:05", "2026-12-01 08:05"],
    ["2026-12-01T08:05", "2026-12-01 08:05"],
    ["1.12. 8:05", "2026-12-01 08:05"],
    ["2026-11-24T17:00:00Z", "2026-11-24 18:00"],
    ["today", "2026-11-24 09:00"],
  ])("%s is %s", (text, meant) => {
    expect(read(text)).toBe(meant);
  });

  it.each(["soon", "25:00", "2026-02-30 10:00", "31.2. 10:00", "fri 9:61", ""])(
    "%s is no time",
    (text) => {
      expect(read(text)).toBeUndefined();
    },
  );

  it("moves a wall time that the change of the clock skips past the gap", () => {
    const at = parseInstant("2026-03-29 02:30", zone, now) ?? 0;
    expect(writeInstant(at, zone)).toBe("2026-03-29 03:30");
  });

  it("reads back what it wrote, to the minute, the whole year round", () => {
    for (let at = now - (now % MIN); at < now + 370 * 1440 * MIN; at += 337 * MIN) {
      const again = parseInstant(writeInstant(at, zone), zone, now) ?? NaN;
      // The hour that the autumn change repeats has two instants for one wall time: the first is meant.
      expect([at, at - 60 * MIN]).toContain(again);
    }
  });
});
