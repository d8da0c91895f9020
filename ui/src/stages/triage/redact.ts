//! What of an issue can be erased, as choices.

import type { Contact, Place } from "../../rpc/generated";
import type { IssueRecord } from "../../views/inbox/issue";

export interface Choice {
  value: string;
  label: string;
  place?: Place;
  contact?: Contact;
}

const fields = [
  ["title", "Title"],
  ["description", "Description"],
  ["steps", "Steps"],
  ["expected", "Expected"],
  ["actual", "Actual"],
  ["workaround", "Workaround"],
  ["tell_caller", "Tell the caller"],
] as const;

const start = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Every text and attachment that is there; and a passage, wherever it stands. */
export function texts(issue: IssueRecord): Choice[] {
  const of = (place: Place, label: string): Choice => ({
    value: JSON.stringify(place),
    label,
    place,
  });
  return [
    ...fields
      .filter(([field]) => issue.text[field] !== "")
      .map(([field, name]) => of({ of: field }, `${name}: ${start(issue.text[field])}`)),
    ...issue.comments.map((one, index) =>
      of({ of: "comment", index }, `Comment ${index + 1}: ${start(one.text)}`),
    ),
    ...issue.people.flatMap((one, index) =>
      one.said ? [of({ of: "said", index }, `Said: ${start(one.said)}`)] : [],
    ),
    ...issue.attachments.map((one) =>
      of({ of: "attachment", hash: one.hash }, `Attachment: ${one.name}`),
    ),
    of({ of: "anywhere" }, "Anywhere: a passage, also on hot fixes and messages"),
  ];
}

/** Everybody who was named: who is affected, who reported it, who wrote from outside. Each once. */
export function people(issue: IssueRecord): Choice[] {
  const named = [
    ...issue.people.map((one) => one.contact),
    issue.text.reporter,
    ...issue.comments.flatMap((one) => (one.from ? [one.from] : [])),
  ];
  const known = new Map<string, Contact>();
  for (const one of named) {
    const nobody = one.reach === "" && ["", "redacted"].includes(one.name);
    if (!nobody) known.set(JSON.stringify([one.name, one.reach]), one);
  }
  return [...known].map(([value, contact]) => ({
    value,
    label: [contact.name, contact.reach].filter(Boolean).join(" · "),
    contact,
  }));
}

/** Which files may hold a text all the same, because nobody looks into their bytes. */
export function filesNotSearched(issue: IssueRecord): string {
  const names = issue.attachments.map((one) => one.name);
  const shown = names.slice(0, 2).join(", ");
  const more = names.length > 2 ? ` and ${(names.length - 2).toLocaleString()} more` : "";
  const tests = issue.hotfix ? `the reports and output of tests on ${issue.hotfix}` : "";
  const all = [shown && `${shown}${more}`, tests].filter(Boolean);
  return all.length > 0
    ? `Not searched, and may still hold it: ${all.join("; ")}`
    : "Attachments, reports and output of tests are not searched";
}
