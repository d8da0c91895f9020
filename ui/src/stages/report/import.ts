//! The words of an import: fields, formats, counts. Absent: any request.

import type { FileFormat, FileLook, Imported, ImportField, RowLook } from "../../rpc/generated";

export const formats: { value: FileFormat; label: string }[] = [
  { value: "csv", label: "Table (CSV)" },
  { value: "jsonl", label: "JSON objects" },
  { value: "github", label: "GitHub" },
  { value: "gitlab", label: "GitLab" },
  { value: "jira", label: "Jira" },
  { value: "zendesk", label: "Zendesk" },
];

export const encodings = [
  { value: "utf-8", label: "UTF-8" },
  { value: "windows-1252", label: "Western (Windows-1252, Latin-1)" },
  { value: "utf-16le", label: "UTF-16" },
  { value: "utf-16be", label: "UTF-16, big-endian" },
  { value: "shift_jis", label: "Japanese (Shift_JIS)" },
  { value: "gb18030", label: "Chinese (GB18030)" },
  { value: "windows-1251", label: "Cyrillic (Windows-1251)" },
  { value: "windows-1250", label: "Central European (Windows-1250)" },
];

export const separators = [
  { value: ",", label: "Comma" },
  { value: ";", label: "Semicolon" },
  { value: "\t", label: "Tabulator" },
  { value: "|", label: "Bar" },
];

/** The fields in the order of a report; a hint where the word alone does not say it. */
export const groups: { title: string; fields: { field: ImportField; label: string }[] }[] = [
  {
    title: "What happened",
    fields: [
      { field: "title", label: "Title" },
      { field: "description", label: "Description" },
      { field: "steps", label: "Steps" },
      { field: "expected", label: "Expected" },
      { field: "actual", label: "Actual" },
      { field: "workaround", label: "Workaround" },
      { field: "tell_caller", label: "Tell the caller" },
    ],
  },
  {
    title: "Where",
    fields: [
      { field: "product", label: "Product" },
      { field: "component", label: "Component" },
      { field: "labels", label: "Labels" },
      { field: "version", label: "Version" },
      { field: "environment", label: "Environment" },
    ],
  },
  {
    title: "Who and when",
    fields: [
      { field: "reporter", label: "Reporter" },
      { field: "reach", label: "Mail or phone" },
      { field: "affected", label: "Affected" },
      { field: "channel", label: "Channel" },
      { field: "at", label: "Reported" },
    ],
  },
  {
    title: "Over there",
    fields: [
      { field: "id", label: "Its id" },
      { field: "url", label: "Its address" },
      { field: "state", label: "Its state" },
      { field: "closed_at", label: "Closed since" },
    ],
  },
];

const size = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  if (count < 1_000_000) return `${size.format(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${size.format(count / 1_000_000)} MB`;
  return `${size.format(count / 1_000_000_000)} GB`;
}

/** "Jira · UTF-8 · separated by semicolons · 12 MB" */
export function about(look: FileLook): string {
  const named = (list: { value: string; label: string }[], value: string) =>
    list.find((one) => one.value === value)?.label ?? value;
  return [
    named(formats, look.format),
    named(encodings, look.encoding),
    look.separator !== null &&
      `separated by ${named(separators, look.separator).toLocaleLowerCase()}`,
    bytes(look.bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Why a row of the preview is not simply logged, if so. */
export function mark(row: RowLook): { tone: "bad" | "plain" | "ok" | "p4"; text: string } {
  if (row.error !== null) return { tone: "bad", text: "Bad" };
  if (row.left_out !== null) return { tone: "plain", text: `Left out: ${row.left_out}` };
  if (row.known !== null) return { tone: "plain", text: `Known: ${row.known}` };
  if (row.closed !== null) return { tone: "ok", text: "Closed" };
  return { tone: "p4", text: "New" };
}

const number = (count: number) => count.toLocaleString();
export const some = (count: number, one: string, many = `${one}s`) =>
  `${number(count)} ${count === 1 ? one : many}`;

/** "312 issues imported, 4 of them closed; 12 rows skipped, 10 of them known already; 2 bad." */
export function sentence(done: Imported): string {
  const parts = [
    `${some(done.imported, "issue")} ${done.dry_run ? "would be imported" : "imported"}` +
      (done.closed > 0 ? `, ${number(done.closed)} of them closed` : ""),
  ];
  if (done.skipped > 0) {
    parts.push(
      `${some(done.skipped, "row")} skipped` +
        (done.known > 0 ? `, ${number(done.known)} of them known already` : ""),
    );
  }
  if (done.bad > 0) parts.push(`${some(done.bad, "bad row")}`);
  return `${parts.join("; ")}.`;
}
