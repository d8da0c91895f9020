//! How it is known what runs somewhere, and what came of asking.

import type { RunsWhereRow, TargetTold, VersionAsked } from "../../rpc/generated";

/** "deployed as DEP-3", "told by Staging agent", "recorded by Rita Marsh" */
export function knownHow(
  source: RunsWhereRow["source"],
  person: (id: string) => string,
  endpoint: (id: string) => string,
): string {
  if (!source) return "";
  if (source.by === "deployment") return `deployed, ${source.who}`;
  if (source.by === "endpoint") return `told by ${endpoint(source.who)}`;
  return `recorded by ${person(source.who)}`;
}

/** What each target said, where they do not agree or one of them is lost: nothing if all is well. */
export function disagreement(targets: TargetTold[]): string {
  const told = targets.filter((t) => t.version || t.error);
  const first = told[0];
  if (!first) return "";
  const same = (t: TargetTold) =>
    t.version === first.version && t.commit === first.commit && t.package === first.package;
  if (told.length === targets.length && told.every(same) && first.version) return "";
  if (told.every((t) => !t.version)) return "";
  return targets.map(said).join(", ");
}

function said(told: TargetTold): string {
  if (told.version) {
    const what = told.package || told.commit;
    return `${told.target} runs ${told.version}${what ? ` (${what.slice(0, 7)})` : ""}`;
  }
  return `${told.target} ${told.error ? "did not answer" : "cannot be asked"}`;
}

/** A sentence after asking, and more about it. */
export function outcome(asked: VersionAsked, place: string): { title: string; detail?: string } {
  const version = asked.targets[0]?.version ?? "";
  switch (asked.heard) {
    case "recorded":
      return {
        title: `${place} runs ${version}: recorded.`,
        detail: "Hot fixes that ran there still count. Record the release if it lacks or adds one.",
      };
    case "as_known":
      return { title: `${place} runs ${version}, as known.` };
    case "unclear": {
      const lost = asked.targets.find((t) => t.error);
      return {
        title: `What runs in ${place} is unclear; nothing was recorded.`,
        detail: disagreement(asked.targets) || (lost ? `${lost.target}: ${lost.error}` : undefined),
      };
    }
    case "silent":
      return {
        title: `The endpoints of ${place} cannot be asked what runs there.`,
        detail: "A recipe says how in its section “version”. Record the release by hand.",
      };
    case "moved_on":
      return { title: `A deployment has changed ${place} meanwhile; ask again when it is over.` };
  }
}
