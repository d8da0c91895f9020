import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepFocus, leaveField } from "./focus";

const at = () => document.activeElement?.id;
const later = () => new Promise((done) => setTimeout(done));

describe("the focus", () => {
  let stop = () => {};
  beforeEach(() => {
    document.body.innerHTML = `<main id="main" tabindex="-1"><section id="part" tabindex="-1">
      <form id="form"><input id="field"></form><button id="other">Other</button></section></main>`;
    stop = keepFocus(() => document.getElementById("main") ?? undefined);
  });
  afterEach(() => stop());

  it("begins on the screen, not on nothing", () => {
    expect(at()).toBe("main");
  });

  it("goes to the part around a form that closes", async () => {
    document.getElementById("field")?.focus();
    document.getElementById("form")?.remove();
    await later();
    expect(at()).toBe("part");
  });

  it("goes to the screen when the whole part is gone", async () => {
    document.getElementById("field")?.focus();
    document.getElementById("part")?.remove();
    await later();
    expect(at()).toBe("main");
  });

  it("stays where somebody puts it meanwhile", async () => {
    document.getElementById("field")?.focus();
    document.getElementById("form")?.remove();
    document.getElementById("other")?.focus();
    await later();
    expect(at()).toBe("other");
  });

  it("leaves a field for what is around it", () => {
    document.getElementById("field")?.focus();
    leaveField();
    expect(at()).toBe("part");
  });
});
