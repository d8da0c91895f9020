import { describe, expect, it } from "vitest";
import type { PersonLoad } from "../../rpc/generated";
import { busy, choices, presence } from "./load";

const now = Date.parse("2026-11-24T09:00:00Z");
const person = (over: Partial<PersonLoad>): PersonLoad => ({
  person: "sam",
  name: "Sam Okafor",
  roles: ["support"],
  teams: [],
  hotfixes: 0,
  issues: 0,
  at_risk: 0,
  waiting: 0,
  there: true,
  until: null,
  back_at: null,
  zone: "UTC",
  ...over,
});

describe("a load", () => {
  it("says whether somebody is there, until when, or when they are back", () => {
    expect(presence(person({}), now)).toBe("there");
    expect(presence(person({ until: "2026-11-24T17:00:00Z" }), now)).toMatch(/^there until .*00/);
    const back = person({ there: false, back_at: "2026-11-30T08:00:00Z" });
    expect(presence(back, now)).toMatch(/^back .+/);
    expect(presence(person({ there: false }), now)).toBe("away");
  });

  it("names what there is and leaves out what is nothing", () => {
    expect(busy({ hotfixes: 1, issues: 1000, waiting: 0 })).toBe("1 hot fix, 1,000+ issues");
    expect(busy({ hotfixes: 0, issues: 0 })).toBe("nothing open");
  });

  it("is chosen from by name, people before teams", () => {
    const team = { team: "web", name: "Web", members: ["sam"], there: 1, hotfixes: 2, issues: 3 };
    const values = (words: string) => choices([person({})], [team], words, now).map((c) => c.value);
    expect(values("")).toEqual(["p:sam", "t:web"]);
    expect(values(" oka ")).toEqual(["p:sam"]);
    expect(values("WEB")).toEqual(["t:web"]);
  });
});
