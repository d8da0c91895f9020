//! Writing a report or a bundle, which may take its time: how far it is, and the way to stop it.
//! Absent: any work; the core does it, one file at a time.

import { call } from "../../rpc/client";
import type { ReportFormat, Reporting } from "../../rpc/generated";

export interface Kind {
  id: ReportFormat | "bundle";
  /** On the button. */
  name: string;
  ending: string;
  /** What becomes a file. */
  what: string;
}

export const kinds: Kind[] = [
  { id: "md", name: "Markdown", ending: "md", what: "the report" },
  { id: "html", name: "HTML", ending: "html", what: "the report" },
  { id: "pdf", name: "PDF", ending: "pdf", what: "the report" },
  { id: "bundle", name: "Bundle", ending: "zip", what: "the bundle" },
];

const EVERY_MS = 200;

export class Saving {
  progress = $state.raw<Reporting | undefined>();

  /** Watches while something is written. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let over = false;
    const watch = async () => {
      while (!over) {
        await new Promise((wake) => setTimeout(wake, EVERY_MS));
        const far = await call("report_progress", {}).catch(() => undefined);
        // Before it has begun the core still tells of the last one.
        this.progress = over || !far || far.done ? undefined : far;
      }
    };
    const watching = watch();
    try {
      return await work();
    } finally {
      over = true;
      await watching;
      this.progress = undefined;
    }
  }

  async cancel(): Promise<void> {
    await call("report_cancel", {}).catch(() => {});
  }
}

const doings: Record<Reporting["doing"], string> = {
  reading: "Reading the journal",
  setting: "Setting the pages",
  packing: "Packing",
};

/** The words beside the bar. */
export function far(progress: Reporting): { label: string; detail: string } {
  const share = progress.of === 0 ? "" : `${Math.floor((progress.at / progress.of) * 100)} %`;
  return { label: doings[progress.doing], detail: share };
}
