import { expect, test } from "vitest";
import type { Deployment, Target } from "../../rpc/generated";
import { startFacts } from "./facts";

const target = (id: string, wave: number, params: Record<string, string> = {}): Target => ({
  id,
  wave,
  endpoint: "shop",
  params,
});
const deployment = (targets: Target[]) =>
  ({
    revision: 2,
    hash: "5e1d0000000090af",
    targets,
    starts_at: "2026-11-24T17:30:00Z",
    window_ends_at: "2026-11-24T19:30:00Z",
    expected: {
      duration_minutes: 20,
      disruption: "brief" as const,
      on_duty: [] as string[],
      remind_minutes: [] as number[],
      notices: null,
    },
  }) as Deployment;

test("the whole hash is named, not only its ends", () => {
  expect(startFacts(deployment([target("eu-1", 1)]))[0]?.value).toContain("5e1d0000000090af");
});

test("targets stand in the order of their waves", () => {
  const facts = startFacts(deployment([target("eu-2", 2), target("eu-1", 1), target("eu-3", 2)]));
  expect(facts[1]?.value).toBe("wave 1: eu-1; wave 2: eu-2, eu-3");
});

test("what is expected to be noticed is said before it starts", () => {
  expect(startFacts(deployment([])).at(-1)).toEqual({
    label: "Expected",
    value: "takes about 20 min · disruption: brief",
  });
});

test("parameters are named with the target they go to", () => {
  const facts = startFacts(
    deployment([target("eu-1", 1, { restart: "graceful" }), target("eu-2", 1)]),
  );
  expect(facts.filter((f) => f.label.startsWith("Parameters"))).toEqual([
    { label: "Parameters of eu-1", value: "restart=graceful", mono: true },
  ]);
});
