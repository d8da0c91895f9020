import { expect, it } from "vitest";
import { previewOf } from "./preview";

it("shows small pictures and texts, and only names what may be anything or is too large", () => {
  const file = (name: string, media: string, size = 10) =>
    previewOf({ hash: "0", name, media, size });
  expect(file("a.png", "image/png")).toBe("image");
  expect(file("a.png", "image/png", 30 << 20)).toBeUndefined();
  expect(file("a.svg", "image/svg+xml")).toBeUndefined();
  expect(file("app.log", "application/octet-stream")).toBe("text");
  expect(file("dump.zip", "application/zip")).toBeUndefined();
});
