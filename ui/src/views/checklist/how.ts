//! What an automatic check asks and expects, in a line; what it said, line by line. Pure.

import type { Assertion, CheckHow, CheckReport, RanCheck } from "../../rpc/generated";

/** "$.ok = true" */
export function expectation(one: Assertion): string {
  switch (one.on) {
    case "status":
      return String(one.is);
    case "header":
      return `${one.name} ${one.like === "is" ? "=" : "has"} ${one.value}`;
    case "json":
      return `${one.path} = ${one.equals}`;
    case "text":
      return `“${one.contains}”`;
    case "millis":
      return `≤ ${one.at_most} ms`;
  }
}

/** "GET https://shop.example.org/healthz", "200", "$.ok = true", "≤ 800 ms"; none where a person answers. */
export function asks(how: CheckHow): string[] {
  switch (how.by) {
    case "manual":
      return [];
    case "http":
      return [`${how.method} ${how.url}`, ...how.assertions.map(expectation)];
    case "prometheus":
      return [
        how.query,
        ...(how.at_least === null ? [] : [`≥ ${how.at_least}`]),
        ...(how.at_most === null ? [] : [`≤ ${how.at_most}`]),
      ];
    case "command":
      return [
        how.argv.join(" "),
        ...(how.report ? reported(how.report) : [`ends with ${how.exits.join(" or ")}`]),
        ...(how.contains ? [`prints “${how.contains}”`] : []),
      ];
    case "junit":
      return reported(how);
  }
}

/** "report.xml", "12 tests at least", "“cart” in their names" */
function reported(report: CheckReport): string[] {
  return [
    report.path.trim() || "Report of tests",
    report.at_least === 1 ? "1 test at least" : `${report.at_least} tests at least`,
    ...(report.only.trim() ? [`“${report.only}” in their names`] : []),
  ];
}

/** A person has to give the file that answers it. */
export const waitsForFile = (how: CheckHow): boolean =>
  how.by === "junit" && how.path.trim() === "";

const WRONG = "Not as expected: ";

/** The evidence of a run, line by line, and which lines say what is wrong. */
export function said(text: string): { text: string; wrong: boolean }[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      line.startsWith(WRONG)
        ? { text: line.slice(WRONG.length), wrong: true }
        : { text: line, wrong: false },
    );
}

/** "2 passed, 1 failed, 1 could not be run" */
export function outcome(ran: Pick<RanCheck, "result">[]): string {
  const count = (result: RanCheck["result"]) => ran.filter((one) => one.result === result).length;
  const words = [
    [count("passed"), "passed"],
    [count("failed"), "failed"],
    [count(null), "could not be run"],
  ] as const;
  const said = words.filter(([many]) => many > 0).map(([many, word]) => `${many} ${word}`);
  return said.length > 0 ? said.join(", ") : "Every automatic check is answered";
}
