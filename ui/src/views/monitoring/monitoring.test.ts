import { describe, expect, it } from "vitest";
import type {
  Breach,
  MonitoringView,
  ProbeSpec,
  ProbeView,
  Sample,
  Stretch,
} from "../../rpc/generated";
import {
  expectation,
  deedWords,
  inOrder,
  isBreached,
  limitWords,
  meanScore,
  probeState,
  progress,
  scores,
  stretchWords,
} from "./words";

const spec = (id: string): ProbeSpec => ({
  id,
  name: id,
  by: "http",
  url: "http://x/",
  access: null,
  query: "",
  at_least: null,
  at_most: null,
  above_before: null,
  method: "GET",
  body: "",
  expect_status: 200,
  expect_text: "",
  max_millis: null,
  unverified: false,
  argv: [],
  folder: "",
  timeout_seconds: 30,
  every_seconds: 60,
  retry_seconds: 10,
  failure_limit: 2,
  inconclusive_limit: 2,
  error_limit: 4,
  within: null,
  on_breach: "notify",
  dry_run: false,
});
const sample = (result: Sample["result"]): Sample => ({
  at: "2026-11-24T12:00:00Z",
  result,
  value: 10,
  detail: "",
});
const probe = (id: string, ...results: Sample["result"][]): ProbeView => ({
  spec: spec(id),
  environment: "production",
  samples: results.map(sample),
  last: results.length > 0 ? sample(results[results.length - 1]!) : null,
  counted: { failures: 0, inconclusive: 0, errors: 0 },
  chart: [],
  limit: null,
  deployed_at: null,
  before: null,
  after: null,
});
const breach = (probe: string, closed_at: string | null): Breach => ({
  id: `${probe}-1`,
  probe,
  environment: "production",
  detail: "",
  at: "2026-11-24T11:00:00Z",
  deed: { did: "notified" },
  closed_at,
  closed_by: null,
  resolution: "",
});
const stretch: Stretch = {
  at: "2026-11-24T12:00:00Z",
  slowest: null,
  lowest: null,
  mean: null,
  count: 0,
  bad: 0,
  failures: 0,
  inconclusive: 0,
  errors: 0,
};
const view = (probes: ProbeView[], breaches: Breach[]) =>
  ({ probes, breaches }) as unknown as MonitoringView;

describe("what a probe expects", () => {
  it("is said of an answer, of a number, and of what was usual before", () => {
    expect(expectation({ ...spec("a"), max_millis: 800, expect_text: "paid" })).toBe(
      "GET · 200 · “paid” · within 800 ms · every 1 min",
    );
    const query = { ...spec("a"), by: "prometheus" as const, query: "up", at_least: 0.5 };
    expect(expectation({ ...query, at_most: 2, above_before: 20 })).toBe(
      "up · at least 0.5 · at most 2 · at most 20 % above before · every 1 min",
    );
  });
  it("is summed up in its own unit, small numbers too", () => {
    const one = { ...stretch, slowest: 3, mean: 0.0234, count: 9, bad: 1 };
    expect(stretchWords(one, "")).toBe("0.023, 1 of 9 bad");
    expect(stretchWords({ ...one, mean: 117.4 }, "ms")).toBe("117 ms, 1 of 9 bad");
  });
});

describe("a probe", () => {
  it("is over its limit as long as its breach is open, whatever it saw last", () => {
    const one = probe("front", "failure", "success");
    expect(isBreached(view([one], [breach("front", null)]), one)).toBe(true);
    expect(probeState(one, true).word).toBe("Over its limit");
    expect(isBreached(view([one], [breach("front", "2026-11-24T11:30:00Z")]), one)).toBe(false);
  });
  it("tells a wrong answer from none at all, and from one that says neither", () => {
    expect(probeState(probe("a", "inconclusive"), false).word).toBe("Neither yes nor no");
    expect(probeState(probe("a", "failure"), false).word).toBe("Not as expected");
    expect(probeState(probe("a", "error"), false).word).toBe("No answer");
    expect(probeState(probe("a"), false).word).toBe("No sample yet");
  });
  it("says how near its limit it is", () => {
    const counted = { failures: 2, inconclusive: 0, errors: 0 };
    expect(limitWords({ spec: spec("a"), counted })).toBe(
      "2 wrong in a row; more than 2 is a breach.",
    );
    const within = { ...spec("a"), within: 20, dry_run: true };
    expect(limitWords({ spec: within, counted })).toBe(
      "2 wrong within 20 samples; more than 2 is a breach. Dry run: nothing follows.",
    );
    const unclear = { failures: 0, inconclusive: 1, errors: 0 };
    expect(limitWords({ spec: spec("a"), counted: unclear })).toBe(
      "1 neither yes nor no in a row; after more than 2 you are asked.",
    );
  });
  it("says what a breach did by itself, or why it could not", () => {
    const one = breach("front", null);
    expect(deedWords(one)).toBeUndefined();
    expect(deedWords({ ...one, deed: { did: "rolled_back", deployment: "DEP-4" } })).toBe(
      "Rolled production back by itself (DEP-4).",
    );
    const why = "Nothing is known that ran there before.";
    expect(deedWords({ ...one, deed: { did: "refused", wanted: "roll_back", why } })).toBe(
      `It was not rolled back by itself: ${why} Decide what to do.`,
    );
    const issues = ["ISS-1", "ISS-2"];
    expect(deedWords({ ...one, deed: { did: "reopened", issues, hotfix: "HF-9" } })).toBe(
      "Opened ISS-1, ISS-2 again, in HF-9.",
    );
  });
  it("is of a kind that is spoken of in its own words", () => {
    const alerts = { ...spec("a"), by: "alertmanager" as const, query: 'severity="page"' };
    expect(expectation(alerts)).toBe('severity="page" · at most 0 active · every 1 min');
    const days = { ...spec("a"), by: "certificate" as const, on_breach: "roll_back" as const };
    expect(expectation(days)).toBe(
      "good for at least 14 days · trusted here · every 1 min · a breach rolls back",
    );
    const run = { ...spec("a"), by: "command" as const, argv: ["queue", "orders"], at_most: 9 };
    expect(expectation(run)).toBe("queue orders · ends with 0 · at most 9 · every 1 min");
  });
  it("stands before the quiet ones when it burns, and behind them when it was never asked", () => {
    const probes = [
      probe("never"),
      probe("quiet", "success"),
      probe("wrong", "failure"),
      probe("burns", "success"),
    ];
    const order = inOrder(view(probes, [breach("burns", null)])).map((one) => one.spec.id);
    expect(order).toEqual(["burns", "wrong", "quiet", "never"]);
  });
});

describe("a watch", () => {
  const period = { from: "2026-11-24T00:00:00Z", until: "2026-11-25T00:00:00Z" };
  it("shows how far it has come and what is left", () => {
    expect(progress(period, Date.parse("2026-11-24T18:00:00Z"))).toEqual({
      share: 0.75,
      over: false,
      words: "6 h left",
    });
    expect(progress(period, Date.parse("2026-11-25T02:00:00Z")).words).toBe("over since 2 h");
  });
  it("compares before with after in words", () => {
    expect(stretchWords(null, "ms")).toBe("no sample");
    expect(stretchWords({ ...stretch, slowest: 9, mean: 117.4, count: 277, bad: 3 }, "ms")).toBe(
      "117 ms, 3 of 277 bad",
    );
    expect(stretchWords({ ...stretch, count: 2, bad: 2 }, "ms")).toBe("2 of 2 bad");
  });
  it("sums what people said", () => {
    expect(meanScore([])).toBeUndefined();
    expect(meanScore([{ score: 5 }, { score: 4 }, { score: 4 }])).toBe("4.3");
  });
  it("says of each score how many gave it, and of one that nobody gave that it is none", () => {
    const given = scores([{ score: 5 }, { score: 4 }, { score: 4 }, { score: 1 }]);
    expect(given.map((one) => [one.name, one.of])).toEqual([
      ["5 of 5", 1],
      ["4 of 5", 2],
      ["3 of 5", 0],
      ["2 of 5", 0],
      ["1 of 5", 1],
    ]);
  });
});
