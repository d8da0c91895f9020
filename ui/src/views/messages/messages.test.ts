import { describe, expect, it } from "vitest";
import type { Recipient } from "../../rpc/generated";
import { addresses, composeAt, counted, stageOf } from "./words";

const person = (reach: string, call_back = false): Recipient => ({
  contact: { name: "A", reach },
  issue: "ISS-1",
  call_back,
});

describe("a message on its way", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const queued = (send_at: string) => ({ state: "queued" as const, send_at });

  it("waits until its ten seconds are over, then leaves", () => {
    expect(stageOf(queued("2026-11-24T12:00:03Z"), now)).toBe("waiting");
    expect(stageOf(queued("2026-11-24T11:59:59Z"), now)).toBe("leaving");
  });
  it("is tried again when an attempt says so", () => {
    expect(stageOf(queued("2026-11-24T11:59:59Z"), now, "2026-11-24T12:05:00Z")).toBe("retrying");
  });
  it("stands still once it is over", () => {
    const send_at = "2026-11-24T12:00:03Z";
    expect(stageOf({ state: "failed", send_at }, now)).toBe("failed");
    expect(stageOf({ state: "cancelled", send_at }, now)).toBe("cancelled");
  });
});

describe("who gets it", () => {
  const all = [
    person("a@x.example"),
    person("+49 30 1", true),
    person(""),
    person(" b@x.example "),
  ];
  it("counts who is written to, who is called and who has no address", () => {
    expect(counted(all)).toEqual({ all: 4, calls: 1, mails: 2, others: 1 });
  });
  it("gives a mail program the addresses and nothing else", () => {
    expect(addresses(all)).toBe("a@x.example, b@x.example");
  });
});

describe("the way to writing one", () => {
  it("carries the hot fix and the purpose", () => {
    expect(composeAt("HF-3", "fixed")).toBe("/messages/new?hotfix=HF-3&purpose=fixed");
    expect(composeAt(null)).toBe("/messages/new");
  });
});
