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

/** Every text and attachment that is there. */
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
  ];
}

/** Everybody who was named. */
export function people(issue: IssueRecord): Choice[] {
  return issue.people
    .filter(({ contact }) => contact.name !== "redacted" || contact.reach !== "")
    .map(({ contact }, index) => ({
      value: String(index),
      label: [contact.name, contact.reach].filter(Boolean).join(" · "),
      contact,
    }));
}
