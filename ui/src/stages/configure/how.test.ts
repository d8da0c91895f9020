import { expect, test } from "vitest";
import { nextAssertion, placeOf } from "./how";

test("an assertion that is added is of a kind that is not there yet", () => {
  expect(nextAssertion([]).on).toBe("status");
  expect(nextAssertion([{ on: "status", is: 200 }]).on).toBe("json");
  const all = [
    { on: "status", is: 200 },
    { on: "json", path: "$.ok", equals: "true" },
    { on: "text", contains: "x" },
    { on: "header", name: "ETag", like: "is", value: "x" },
    { on: "millis", at_most: 1 },
  ] as const;
  expect(nextAssertion([...all]).on).toBe("json");
});

test("a refusal of a try stands at the field of the form that it is about", () => {
  expect(placeOf("how.assertions.0.path", "items.2.how")).toBe("items.2.how.assertions.0.path");
  expect(placeOf("how.url", "items.0.how")).toBe("items.0.how.url");
  expect(placeOf("request", "items.0.how")).toBeUndefined();
  expect(placeOf(undefined, "items.0.how")).toBeUndefined();
});
