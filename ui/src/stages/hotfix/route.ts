//! From a blocker to the part of the page that clears it.

import type { Blocker, Ship } from "../../rpc/generated";
import { composeAt } from "../../views/messages/words";

export interface Way {
  /** What the button says after "Go to". */
  name: string;
  /** The part or section to scroll to. */
  part: string;
  /** Open its form as well. */
  open: boolean;
  /** On another screen instead. */
  href?: string;
}

const parts: Record<string, Omit<Way, "href">> = {
  cause_missing: { name: "root cause", part: "cause", open: true },
  solution_missing: { name: "solution", part: "solution", open: true },
  change_missing: { name: "change", part: "change", open: true },
  branches_unread: { name: "living branches", part: "change", open: false },
  branch_missing: { name: "living branches", part: "change", open: false },
  tests_missing: { name: "tests", part: "tests", open: true },
  tests_failed: { name: "tests", part: "tests", open: true },
  risk_missing: { name: "risk", part: "risk", open: true },
  rollback_plan_missing: { name: "way back", part: "rollback", open: true },
  package_missing: { name: "package", part: "package", open: true },
  standard_change: { name: "the change type", part: "classify", open: true },
  feedback_unasked: { name: "feedback", part: "feedback", open: false },
  lessons_missing: { name: "lessons", part: "lessons", open: true },
};

/** Sections as blockers and "waiting for me" name them, and what they are called here. */
const sections: Record<string, string> = {
  develop: "development",
  package: "package",
  approve: "approval",
  schedule: "deployments",
  procedure: "procedure",
  announce: "messages",
  deploy: "deployments",
  validate: "validation",
  monitor: "monitoring",
  close: "closing",
  review: "overrides",
};

/** Where a blocker of this gate is cleared. */
export function wayOut(blocker: Blocker, ship: Ship): Way {
  const part = parts[blocker.code];
  if (part) return part;
  const name = sections[blocker.section] ?? blocker.section;
  const way = (to: string, open = false): Way => ({ name, part: to, open });
  switch (blocker.section) {
    case "approve":
      return way(ship.environment ? `approve-${ship.environment}` : "approve");
    case "procedure":
      return way(ship.deployment ? `procedure-${ship.deployment}` : "schedule");
    case "schedule":
      if (blocker.code === "stakeholder_objects" && ship.deployment) {
        return { ...way(`answers-${ship.deployment}`, true), name: "their answers" };
      }
      return ship.deployment
        ? { ...way(`move-${ship.deployment}`, true), name: "its window" }
        : way("plan");
    case "deploy":
      return {
        ...way("schedule"),
        name: "the run",
        href: ship.deployment ? `#/deployment/${ship.deployment}` : undefined,
      };
    // Breaches, what came back and the period's end are dealt with beside the charts.
    case "monitor":
      return { ...way("monitor"), name: "the watch", href: `#/monitoring/${ship.hotfix}` };
    case "endpoint":
      return { ...settingsOf(blocker.object), part: "schedule", open: false };
    case "announce":
      return blocker.code === "call_backs_open"
        ? {
            ...way("announce"),
            name: "the call-back list",
            href: `#/messages/calls?hotfix=${ship.hotfix}`,
          }
        : {
            ...way("announce"),
            href: `#${composeAt(ship.hotfix, ship.gate === "close" ? "fixed" : "scheduled")}`,
          };
    default:
      return way(blocker.section);
  }
}

/** Where in Settings a blocker is mended: `endpoint/deployer` is that very endpoint. */
function settingsOf(object: string | undefined): { name: string; href: string } {
  const [kind, id = ""] = object?.split("/") ?? [];
  const slug = kind === "product" ? "products" : "endpoints";
  const name = kind === "product" ? "the product" : kind ? "the endpoint" : "endpoints";
  return { name, href: `#/settings/${slug}${id ? `/${encodeURIComponent(id)}` : ""}` };
}

/** The part that an address names: "#/fix/HF-3/procedure". */
export function partOf(section: string, ship: Ship): string {
  if (section === "procedure" && ship.deployment) return `procedure-${ship.deployment}`;
  if (section === "approve" && ship.environment) return `approve-${ship.environment}`;
  if (section === "deploy" || section === "endpoint") return "schedule";
  return section;
}
