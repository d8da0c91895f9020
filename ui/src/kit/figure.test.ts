import { expect, test } from "vitest";
import { figure } from "./figure";

test("a measured number keeps the digits that count", () => {
  expect([1204.4, 10, 7.456, 1, 0.0234, 0, -12.6].map(figure)).toEqual([
    "1,204",
    "10",
    "7.46",
    "1",
    "0.023",
    "0",
    "-13",
  ]);
});
