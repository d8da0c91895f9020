//! What the form says of a package, as the core is asked for it.

import type {
  BuildPackage,
  Fate,
  FileRole,
  PackageFormat,
  PackageSource,
} from "../../rpc/generated";
import type { Tone } from "../../kit/icon";

export type Take = "changed" | "all" | "none";

export interface Wish {
  /** Which files of the commit. */
  take: Take;
  /** Another commit than the newest change; empty for that one. */
  commit: string;
  from: PackageSource[];
  include: string[];
  exclude: string[];
  format: PackageFormat;
  notes: { install: string; rollback: string };
}

export function request(key: string, wish: Wish): BuildPackage {
  return {
    key,
    from: wish.from.filter((source) => source.path.trim() !== ""),
    take: wish.take === "none" ? null : wish.take,
    commit: wish.take === "none" || wish.commit.trim() === "" ? null : wish.commit.trim(),
    include: wish.include,
    exclude: wish.exclude,
    format: wish.format,
    notes: wish.notes,
  };
}

/** Why there is nothing to build or to look at yet. */
export function lacking(wish: Wish): string | undefined {
  const named = wish.from.some((source) => source.path.trim() !== "");
  return wish.take !== "none" || named ? undefined : "Add at least one file or folder.";
}

export const source = (path: string): PackageSource => ({ path, from_commit: false, role: null });

export const kinds: { value: FileRole | ""; label: string }[] = [
  { value: "", label: "Kind by its name" },
  { value: "file", label: "File" },
  { value: "script", label: "Script" },
  { value: "configuration", label: "Configuration" },
];

export const formats: { value: PackageFormat; label: string }[] = [
  { value: "tar_zst", label: ".tar.zst" },
  { value: "zip", label: ".zip" },
];

export const endings: Record<PackageFormat, string> = { tar_zst: "tar.zst", zip: "zip" };

export const fates: Record<Fate, { label: string; tone: Tone }> = {
  refused: { label: "cannot go in", tone: "bad" },
  in: { label: "goes in", tone: "ok" },
  removed: { label: "removed", tone: "wait" },
  out: { label: "stays out", tone: "plain" },
};
