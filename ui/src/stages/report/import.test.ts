import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type {
  FileLook,
  Imported,
  ImportFile,
  ImportProgress,
  LookAtFile,
  RowLook,
} from "../../rpc/generated";
import { about, bytes, mark, sentence } from "./import";
import { importing, untouched } from "./importing.svelte";
import ImportScreen from "./ImportScreen.svelte";

const row = (line: number, title: string, more: Partial<RowLook> = {}): RowLook => ({
  line,
  log: {
    text: {
      title,
      description: "",
      steps: "",
      expected: "",
      actual: "",
      workaround: "",
      tell_caller: "",
      reporter: { name: "Ann", reach: "" },
    },
    channel: "import",
    product: null,
    component: "",
    version: "",
    environment: "",
    affected: null,
    attachments: [],
    origin: { source: "csv", id: `${line}`, url: "" },
  },
  at: null,
  closed: null,
  known: null,
  left_out: null,
  error: null,
  ...more,
});
const look: FileLook = {
  format: "csv",
  encoding: "utf-8",
  separator: ";",
  bytes: 1234,
  columns: [
    { name: "Betreff", sample: "Eins" },
    { name: "Kunde", sample: "Ann" },
  ],
  mapping: [{ field: "title", columns: ["Betreff"] }],
  day_first: true,
  dates_ambiguous: false,
  rows: [row(2, "Eins"), row(3, "Zwei", { known: "ISS-7" })],
};
const nothing: Imported = {
  imported: 0,
  skipped: 0,
  known: 0,
  closed: 0,
  bad: 0,
  errors: [],
  dry_run: false,
  format: "csv",
  first: null,
  last: null,
};
const idle: ImportProgress = {
  path: "",
  done: true,
  checking: false,
  rows: 0,
  bytes: 0,
  of_bytes: 0,
  bad: 0,
  result: null,
  error: null,
};

/** A core of a page: what it was asked, and what it answers. */
let looked: LookAtFile[];
let imports: ImportFile[];
let outcome: () => Promise<Imported>;
let progress: ImportProgress;
let cancelled: number;

const answers: Record<string, (request: never) => unknown> = {
  issue_import_look: (request: LookAtFile) => {
    looked.push(request);
    if (request.path.endsWith("nowhere"))
      throw { kind: "invalid", message: "There is no file.", where: "path" };
    const said = request.how.map.find((one) => one.field === "title");
    return said ? { ...look, mapping: said.columns.length > 0 ? [said] : [] } : look;
  },
  issue_import: (request: ImportFile) => {
    imports.push(request);
    return outcome();
  },
  issue_import_progress: () => progress,
  issue_import_cancel: () => {
    cancelled++;
    return {};
  },
  catalog_list: () => [],
};

beforeEach(() => {
  [looked, imports, cancelled, progress] = [[], [], 0, idle];
  outcome = async () => nothing;
  importing.path = "";
  importing.how = untouched();
  importing.skipBad = false;
  importing.look = importing.tried = importing.result = undefined;
  importing.error = importing.progress = undefined;
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: never };
      return answers[name]?.(structuredClone(request)) ?? {};
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

async function opened(path = "/tmp/tickets.csv") {
  const user = userEvent.setup();
  render(ImportScreen);
  await user.type(screen.getByRole("textbox", { name: /A file of issues/ }), path);
  return user;
}
const button = (name: RegExp) => screen.findByRole("button", { name });

describe("importing a file", () => {
  it("shows the first rows as they would be logged, once the path is typed", async () => {
    await opened();
    expect(await screen.findByText("Eins")).toBeTruthy();
    expect(screen.getByText("Known: ISS-7")).toBeTruthy();
    expect(
      screen.getByText(/Table \(CSV\) · UTF-8 · separated by semicolon · 1.2 kB/),
    ).toBeTruthy();
    expect(looked.map((one) => one.path)).toEqual(["/tmp/tickets.csv"]);
  });

  it("says why a file cannot be read, and asks nothing more of it", async () => {
    await opened("/tmp/nowhere");
    expect((await screen.findByRole("alert")).textContent).toContain("There is no file.");
    expect(screen.queryByRole("button", { name: /^Import/ })).toBeNull();
  });

  it("reads it again when a column is another field, and not without a title", async () => {
    const user = await opened();
    await screen.findByText("Eins");
    expect(screen.getByRole<HTMLInputElement>("combobox", { name: /^Title/ }).value).toBe(
      "Betreff",
    );
    await importing.map("title", "Kunde");
    expect(looked.at(-1)?.how.map).toEqual([{ field: "title", columns: ["Kunde"] }]);
    await importing.map("title", undefined);
    expect(looked.at(-1)?.how.map).toEqual([{ field: "title", columns: [] }]);
    expect(await screen.findByText("An issue needs a title.")).toBeTruthy();
    await user.click(await button(/^Import/));
    expect(imports).toEqual([]);
  });

  it("tries without changing anything, and tells bad rows by line", async () => {
    outcome = async () => ({
      ...nothing,
      imported: 2,
      bad: 1,
      dry_run: true,
      errors: [{ line: 4, message: "The title is missing." }],
    });
    const user = await opened();
    await user.click(await button(/^Try it/));
    expect(await screen.findByText("2 issues would be imported; 1 bad row.")).toBeTruthy();
    expect(screen.getByText("Line 4")).toBeTruthy();
    expect(imports[0]).toMatchObject({ dry_run: true, skip_bad: false });
  });

  it("shows how far it is, can be cancelled, and leads to the inbox in the end", async () => {
    let end: (done: Imported) => void = () => {};
    outcome = () => new Promise((over) => (end = over));
    const user = await opened();
    await user.click(await screen.findByRole("checkbox", { name: /Skip bad rows/ }));
    progress = { ...idle, done: false, rows: 5000, bytes: 50, of_bytes: 100 };
    await user.click(await button(/^Import/));
    expect(await screen.findByText("5,000 rows · 50 %")).toBeTruthy();
    await user.click(await button(/^Cancel/));
    expect(cancelled).toBe(1);
    end({ ...nothing, imported: 2, first: "ISS-8", last: "ISS-9" });
    const link = await screen.findByRole("link", { name: /Open the inbox/ });
    expect(link.getAttribute("href")).toBe("#/inbox/ISS-8");
    expect(imports[0]).toMatchObject({ dry_run: false, skip_bad: true });
    await waitFor(() => expect(looked.length).toBe(2));
  });

  it("finds an import that is still under way when the screen comes back", async () => {
    progress = { ...idle, path: "/tmp/long.csv", done: false, rows: 10, bytes: 1, of_bytes: 4 };
    render(ImportScreen);
    expect(await screen.findByText("10 rows · 25 %")).toBeTruthy();
    progress = { ...idle, path: "/tmp/long.csv", result: { ...nothing, imported: 3 } };
    expect(await screen.findByText("3 issues imported.")).toBeTruthy();
  });
});

describe("the words of an import", () => {
  it("name the file, its rows and what came of them", () => {
    expect(about({ ...look, format: "jira", separator: null, bytes: 12_000_000 })).toBe(
      "Jira · UTF-8 · 12 MB",
    );
    expect(bytes(999)).toBe("999 bytes");
    expect(mark(row(2, "x", { error: "No." })).text).toBe("Bad");
    expect(mark(row(2, "x", { left_out: "a pull request" })).text).toBe("Left out: a pull request");
    expect(mark(row(2, "x", { closed: "Done" })).text).toBe("Closed");
    expect(sentence({ ...nothing, imported: 1, closed: 1, skipped: 3, known: 2 })).toBe(
      "1 issue imported, 1 of them closed; 3 rows skipped, 2 of them known already.",
    );
  });
});
