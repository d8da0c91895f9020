import { describe, expect, it } from "vitest";
import type { NoticeOf, Recipient } from "../../rpc/generated";
import { composeAt, givenAt, mailDraft } from "../messages/words";
import { noTelling, noticeWords, tellingWords } from "./notices";

const notice = { audience: "stores", occasion: "before", minutes: 60 } as const;
const gives: NoticeOf = {
  deployment: "DEP-3",
  notice: { ...notice, starts_at: "2026-12-01T13:00:00Z" },
};

describe("what audiences are told", () => {
  it("is said in words", () => {
    expect(tellingWords(noTelling)).toBe("");
    expect(tellingWords({ ...noTelling, before_minutes: [1440, 60], end: true })).toBe(
      "1 d and 1 h before, at the end",
    );
    expect(noticeWords(gives.notice)).toBe("1 h before it starts");
    expect(noticeWords({ ...gives.notice, occasion: "delay", minutes: 0 })).toBe(
      "that the time has changed",
    );
  });

  it("comes back out of the address that it was put into", () => {
    const query = composeAt("HF-2", "scheduled", gives).split("?")[1];
    expect(givenAt(new URLSearchParams(query))).toEqual(gives);
    expect(givenAt(new URLSearchParams("hotfix=HF-2"))).toBeNull();
    expect(givenAt(new URLSearchParams(`${query}`.replace("before", "whenever")))).toBeNull();
  });
});

describe("a draft for a mail program", () => {
  const to = (reach: string): Recipient => ({
    contact: { name: "x", reach },
    issue: null,
    call_back: false,
  });

  it("keeps the text whole and the addresses from one another", () => {
    const draft = mailDraft({
      subject: "Shop & till: 1 + 1",
      body: "Zeile 1\nZeile 2 – 完了 ✓",
      recipients: [to("ann@x.example"), to("+49 30 1"), to("bo@x.example")],
    });
    const read = new URL(draft ?? "").searchParams;
    expect(read.get("bcc")).toBe("ann@x.example,bo@x.example");
    expect(read.get("subject")).toBe("Shop & till: 1 + 1");
    expect(read.get("body")).toBe("Zeile 1\r\nZeile 2 – 完了 ✓");
    expect(draft).not.toContain("+ 1");
  });

  it("is not cut short where it is too long", () => {
    expect(mailDraft({ subject: "s", body: "x".repeat(100_000), recipients: [] })).toBeNull();
  });
});
