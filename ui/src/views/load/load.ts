//! What a person's load is called: how much they have, and when one can reach them. Pure.

import { clockTime } from "../../kit/time";
import type { PersonLoad, TeamLoad } from "../../rpc/generated";

/** The core stops counting here. */
const MOST = 1000;

export function counted(count: number): string {
  return count >= MOST ? `${MOST.toLocaleString()}+` : count.toLocaleString();
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : more}`;
}

/** "there until 17:00", "there", "back Mon 09:00", "away". */
export function presence(one: PersonLoad, now: number): string {
  if (one.there) return one.until ? `there until ${clockTime(one.until, now)}` : "there";
  return one.back_at ? `back ${clockTime(one.back_at, now)}` : "away";
}

/** "2 hot fixes, 14 issues, 3 waiting": what is nothing is left out. */
export function busy(one: Pick<PersonLoad, "hotfixes" | "issues"> & { waiting?: number }): string {
  const parts = [
    one.hotfixes > 0 && many(one.hotfixes, "hot fix", "hot fixes"),
    one.issues > 0 && many(one.issues, "issue"),
    one.waiting && `${counted(one.waiting)} waiting`,
  ].filter(Boolean);
  return parts.join(", ") || "nothing open";
}

/** "2 of 3 there". */
export function teamPresence(team: TeamLoad): string {
  return `${team.there} of ${team.members.length} there`;
}

export interface Choice {
  /** "p:rita", "t:payments". */
  value: string;
  name: string;
  /** Their roles; that it is a team. */
  what: string;
  where: string;
  there: boolean;
  hotfixes: number;
  issues: number;
  at_risk: number;
  waiting: number;
  team: boolean;
}

/** People and teams as one list to choose from; those whose name has the words. */
export function choices(
  people: readonly PersonLoad[],
  teams: readonly TeamLoad[],
  words: string,
  now: number,
): Choice[] {
  const wanted = words.trim().toLocaleLowerCase();
  const all: Choice[] = [
    ...people.map((p) => ({
      value: `p:${p.person}`,
      name: p.name,
      what: p.roles.map((role) => role.replace("_", " ")).join(", "),
      where: presence(p, now),
      there: p.there,
      hotfixes: p.hotfixes,
      issues: p.issues,
      at_risk: p.at_risk,
      waiting: p.waiting,
      team: false,
    })),
    ...teams.map((t) => ({
      value: `t:${t.team}`,
      name: t.name,
      what: "team",
      where: teamPresence(t),
      there: t.there > 0,
      hotfixes: t.hotfixes,
      issues: t.issues,
      at_risk: 0,
      waiting: 0,
      team: true,
    })),
  ];
  return all.filter((one) => one.name.toLocaleLowerCase().includes(wanted));
}
