import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import MinutesInput from "./MinutesInput.svelte";

afterEach(cleanup);
const box = () => screen.getByRole<HTMLInputElement>("textbox");
const wrong = () => box().getAttribute("aria-invalid") === "true";

it("says “never” for no time at all, and takes it or nothing for that", async () => {
  const user = userEvent.setup();
  render(MinutesInput, { value: 0, never: "never", "aria-label": "A word every" });
  expect(box().value).toBe("never");
  await user.clear(box());
  expect(wrong()).toBe(false);
  await user.tab();
  expect(box().value).toBe("never");
  await user.clear(box());
  await user.type(box(), "1 h 30");
  await user.tab();
  expect(box().value).toBe("1 h 30 min");
  await user.clear(box());
  await user.type(box(), "Never");
  expect(wrong()).toBe(false);
  await user.clear(box());
  await user.type(box(), "soon");
  expect(wrong()).toBe(true);
});

it("wants a time where there is no never", async () => {
  const user = userEvent.setup();
  render(MinutesInput, { value: 0, "aria-label": "Respond within" });
  expect(box().value).toBe("0 min");
  await user.clear(box());
  await user.type(box(), "never");
  expect(wrong()).toBe(true);
});
