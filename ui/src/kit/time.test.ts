import { expect, test } from "vitest";
import { knownZone } from "./time";

test("a zone that is still being typed is shown in UTC instead of breaking the screen", () => {
  expect(knownZone("Europe/Berlin")).toBe("Europe/Berlin");
  expect(knownZone("Mars/Olympus")).toBe("UTC");
  expect(knownZone("")).toBe("UTC");
});
