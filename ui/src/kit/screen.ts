//! What a screen says of itself, so that the shell can show it without knowing it. Kept here, below
//! every tier, because stages and views may not import the shell.

import type { Component } from "svelte";
import type { Icon } from "./icon";

export interface Screen {
  /** "/inbox", "/inbox/:key", "/fix/:key/*rest". The first match of the longest pattern wins. */
  path: string;
  title: string;
  /** Its code, fetched when it is first shown. Given `params` (from the path) and `query` as props. */
  load: () => Promise<{ default: Component<ScreenProps> | Component<Record<string, never>> }>;
  /** A line in the navigation; screens without one are reached by links. */
  nav?: {
    label: string;
    icon: Icon;
    order: number;
    /** Two keys that go there, such as "g i". */
    keys?: string;
    place?: "top" | "bottom";
    /** Read in the template: reactive if it reads state. */
    count?: () => number | undefined;
    /** The count burns: shown filled. */
    urgent?: () => boolean;
  };
  /** Without the navigation: a window of its own (Quick report). */
  alone?: boolean;
}

export interface ScreenProps {
  params: Record<string, string>;
  query: URLSearchParams;
}

export interface Command {
  id: string;
  label: string;
  icon?: Icon;
  keys?: string;
  /** Other words that find it. */
  words?: string;
  when?: () => boolean;
  run: () => void;
}

export interface Found {
  id: string;
  label: string;
  hint?: string;
  icon?: Icon;
  /** Where it leads; or what the palette's text becomes if it is chosen. */
  href?: string;
  fill?: string;
}

export interface SearchProvider {
  /** The heading above its results: "Issues". */
  label: string;
  search: (text: string) => Promise<Found[]>;
}

/** The default export of a `screen.ts`: everything that a folder adds to the shell. */
export interface Module {
  screens?: Screen[];
  commands?: Command[];
  search?: SearchProvider[];
  /** Shown instead of everything while no workspace is open. One module has it. */
  welcome?: () => Promise<{ default: Component }>;
  /** Runs once when the window opens, beside the first screen. */
  start?: () => Promise<void>;
}
