//! An import from the first look at a file to its end. It outlives the screen: who comes back finds
//! it as it was left, and an import that still runs goes on being watched.
//! Absent: any reading of the file; the core does that, and says what it found.

import { ApiError, asApiError, call } from "../../rpc/client";
import type {
  FileFormat,
  FileLook,
  Imported,
  ImportField,
  ImportHow,
  ImportProgress,
} from "../../rpc/generated";

const EVERY_MS = 200;

export const untouched = (): ImportHow => ({
  format: null,
  encoding: null,
  separator: null,
  map: [],
  day_first: null,
  zone: null,
  product: null,
  source: null,
  closed: "import",
});

export class Importing {
  path = $state("");
  how = $state<ImportHow>(untouched());
  skipBad = $state(false);
  look = $state.raw<FileLook | undefined>();
  looking = $state(false);
  /** Why the file cannot be read, or the import was refused. */
  error = $state.raw<ApiError | undefined>();
  /** What would happen, as of the last try with what is chosen now. */
  tried = $state.raw<Imported | undefined>();
  progress = $state.raw<ImportProgress | undefined>();
  result = $state.raw<Imported | undefined>();
  #turn = 0;

  /** A test report: its failing tests become issues, not its rows. */
  get isReport(): boolean {
    return /\.(xml|tap)$/i.test(this.path);
  }

  /** Something is under way in the core. */
  get running(): boolean {
    return this.progress !== undefined && !this.progress.done;
  }

  /** Another file: what was said about the last one is forgotten, where it comes from is not. */
  async open(path: string): Promise<void> {
    this.path = path.trim();
    const { product, closed } = this.how;
    this.how = { ...untouched(), product, closed };
    this.look = this.result = this.error = undefined;
    if (this.path !== "" && !this.isReport) await this.lookAgain();
  }

  /** Asks the core what the file is, the way it is to be read now. */
  lookAgain(): Promise<void> {
    this.tried = this.result = undefined;
    return this.#ask();
  }

  async #ask(): Promise<void> {
    const mine = ++this.#turn;
    this.looking = true;
    try {
      const request = { path: this.path, how: $state.snapshot(this.how) as ImportHow };
      const look = await call("issue_import_look", request);
      if (mine !== this.#turn) return;
      this.look = look;
      this.error = undefined;
    } catch (thrown) {
      if (mine !== this.#turn) return;
      this.error = asApiError(thrown);
    } finally {
      if (mine === this.#turn) this.looking = false;
    }
  }

  /** Reads the file in another way. */
  say(how: Partial<ImportHow>): Promise<void> {
    this.how = { ...this.how, ...how };
    return this.lookAgain();
  }

  /** Another kind of file has other columns for the same fields. */
  sayFormat(format: FileFormat): Promise<void> {
    return this.say({ format, map: [] });
  }

  columnsOf(field: ImportField): string[] {
    return this.look?.mapping.find((one) => one.field === field)?.columns ?? [];
  }

  /** No column: the field is not imported. */
  map(field: ImportField, column: string | undefined): Promise<void> {
    const others = this.how.map.filter((one) => one.field !== field);
    return this.say({ map: [...others, { field, columns: column ? [column] : [] }] });
  }

  /** Tries or does it. What comes of it stands in `tried` or `result`, a refusal in `error`. */
  async run(dry: boolean): Promise<void> {
    this.error = this.result = undefined;
    this.progress = begun(this.path);
    const over = call("issue_import", {
      path: this.path,
      how: $state.snapshot(this.how) as ImportHow,
      skip_bad: this.skipBad,
      dry_run: dry,
    });
    let running = true;
    const watching = this.#watch(() => running);
    try {
      const done = await over;
      if (dry) this.tried = done;
      else this.result = done;
    } catch (thrown) {
      this.error = asApiError(thrown);
    } finally {
      running = false;
      await watching;
      this.progress = undefined;
    }
    // What was new is known now.
    if (this.result) await this.#ask();
  }

  async cancel(): Promise<void> {
    await call("issue_import_cancel", {}).catch(() => {});
  }

  /** The screen comes back: an import may still run that it began before, or another window did. */
  async resume(): Promise<void> {
    if (this.running) return;
    const far = await call("issue_import_progress", {}).catch(() => undefined);
    if (!far || far.done) return;
    this.path = far.path;
    this.progress = far;
    let last: ImportProgress | undefined = far;
    await this.#watch(
      () => !(last?.done ?? true),
      (now) => (last = now),
    );
    this.progress = undefined;
    if (last?.result?.dry_run) this.tried = last.result;
    else this.result = last?.result ?? undefined;
    if (last?.error) this.error = asApiError(last.error);
  }

  async #watch(running: () => boolean, heard: (far: ImportProgress) => void = () => {}) {
    while (running()) {
      await new Promise((over) => setTimeout(over, EVERY_MS));
      const far = await call("issue_import_progress", {}).catch(() => undefined);
      if (!far) continue;
      heard(far);
      // Before it has begun the core still tells of the last one.
      if (running() && !far.done) this.progress = far;
    }
  }
}

const begun = (path: string): ImportProgress => ({
  path,
  done: false,
  checking: true,
  rows: 0,
  bytes: 0,
  of_bytes: 0,
  bad: 0,
  result: null,
  error: null,
});

export const importing = new Importing();
