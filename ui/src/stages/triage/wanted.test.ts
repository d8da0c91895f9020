import { describe, expect, it } from "vitest";
import { everything, filterOf, further, narrows, read, write } from "./wanted";

const back = (query: string) => write(read(new URLSearchParams(query)));

describe("the inbox's address", () => {
  it("comes back as it was, in an order of its own", () => {
    expect(back("sort=affected&product=shop&untriaged=1")).toBe(
      "untriaged=1&product=shop&sort=affected",
    );
    expect(back("text=%E6%94%AF%E4%BB%98+%F0%9F%92%A5&state=needs_info&priority=P1")).toBe(
      "state=needs_info&priority=P1&text=%E6%94%AF%E4%BB%98+%F0%9F%92%A5",
    );
    expect(back("")).toBe("");
  });

  it("leaves out what it does not know", () => {
    expect(back("state=lost&priority=P9&sort=luck&colour=red")).toBe("");
  });

  it("becomes the core's filter, in which mine wins over another's", () => {
    const wanted = { ...everything, mine: true, owner: "sam", risk: true };
    expect(filterOf(wanted, "rita")).toMatchObject({ owner: "rita", at_risk: true, state: null });
    expect(filterOf({ ...wanted, mine: false }, "rita").owner).toBe("sam");
  });

  it("knows whether something is left out: an order leaves out nothing", () => {
    expect(narrows({ ...everything, sort: "newest", all: true })).toBe(false);
    expect(narrows({ ...everything, text: "pay" })).toBe(true);
    expect(further({ ...everything, all: true, product: "shop", mine: true })).toBe(2);
  });
});
