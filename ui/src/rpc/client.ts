//! The window's only door to the core: call, follow, changes, chosen files, the window itself. The
//! only file that imports @tauri-apps. Absent: caching and retries (kit/query, and the core).

import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { open, save } from "@tauri-apps/plugin-dialog";
import { topics, type Api } from "./generated";

export type Name = keyof Api;
type Entry<N extends Name> = Api[N] extends { request: unknown; response: unknown }
  ? Api[N]
  : never;
export type Request<N extends Name> = Entry<N>["request"];
export type Response<N extends Name> = Entry<N>["response"];
/** Names that only read: what `live` may ask again and again. */
export type QueryName = {
  [N in Name]: Api[N] extends { kind: "query" } ? N : never;
}[Name];

export type ErrorKind =
  "invalid" | "denied" | "conflict" | "offline" | "vendor" | "damaged" | "internal";

/** What the core refuses with: a sentence, what to do, and the field or record meant. */
export class ApiError extends Error {
  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly hint?: string,
    readonly where?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** How calls leave the window. Tests and the gallery put their own in place. */
export interface Transport {
  invoke(command: string, args: Record<string, unknown>): Promise<unknown>;
  listen(event: string, heard: (payload: unknown) => void): Promise<() => void>;
  channel<T>(heard: (item: T) => void): unknown;
}

const tauri: Transport = {
  invoke: (command, args) => invoke(command, args),
  listen: (event, heard) => listen(event, (e) => heard(e.payload)),
  channel: <T>(heard: (item: T) => void) => {
    const channel = new Channel<T>();
    channel.onmessage = heard;
    return channel;
  },
};
let transport = tauri;

export function useTransport(other: Transport | undefined): void {
  transport = other ?? tauri;
}

/** True inside the desktop window; false in a plain browser (development, the gallery). */
export function inDesktop(): boolean {
  return "__TAURI_INTERNALS__" in globalThis;
}

async function send<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return (await transport.invoke(command, args)) as T;
  } catch (thrown) {
    throw asApiError(thrown);
  }
}

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
    const e = thrown as { kind?: ErrorKind; message: string; hint?: string; where?: string };
    return new ApiError(e.kind ?? "internal", String(e.message), e.hint, e.where);
  }
  return new ApiError("internal", typeof thrown === "string" ? thrown : "The call failed.");
}

/** Asks the core for one thing of api.rs. Throws ApiError. */
export function call<N extends Name>(name: N, request: Request<N>): Promise<Response<N>> {
  return send<Response<N>>("call", { name, request });
}

/** The topics that a query's answer depends on, as the core declares them. */
export function topicsOf(name: Name): readonly string[] {
  return topics[name] ?? [];
}

/** Hears which topics changed, whoever changed them. Answers with the way to stop. */
export function onChanged(heard: (changed: string[]) => void): Promise<() => void> {
  return transport.listen("changed", (payload) => {
    if (Array.isArray(payload)) heard(payload.filter((t) => typeof t === "string"));
  });
}

/** Streams a log or progress, item by item, until the answer is called. */
export function follow<T>(
  name: string,
  request: unknown,
  onItem: (item: T) => void,
  onError: (error: ApiError) => void = () => {},
): () => void {
  let stopped = false;
  const channel = transport.channel<T>((item) => {
    if (!stopped) onItem(item);
  });
  // The core ends a stream when its window or its run goes; here it is enough to stop listening.
  send("follow", { name, request, channel }).catch((e: unknown) => {
    if (!stopped) onError(asApiError(e));
  });
  return () => {
    stopped = true;
  };
}

export interface Filter {
  name: string;
  extensions: string[];
}

/** Paths that the person chose, none if cancelled. */
export async function chooseFiles(
  options: { title?: string; multiple?: boolean; folder?: boolean; filters?: Filter[] } = {},
): Promise<string[]> {
  const chosen = await open({
    title: options.title,
    multiple: options.multiple ?? false,
    directory: options.folder ?? false,
    filters: options.filters,
  });
  if (chosen === null) return [];
  return Array.isArray(chosen) ? chosen : [chosen];
}

/** A path to write to, undefined if cancelled. */
export async function chooseSavePath(
  options: { title?: string; suggested?: string; filters?: Filter[] } = {},
): Promise<string | undefined> {
  const { title, suggested, filters } = options;
  return (await save({ title, defaultPath: suggested, filters })) ?? undefined;
}

/** Opens (or raises) the small Quick report window; the shell makes it. */
export function openQuickReport(): Promise<void> {
  return send<void>("open_quick_report");
}

/** "main" or "quick"; "main" in a plain browser. */
export function windowLabel(): string {
  return inDesktop() ? getCurrentWindow().label : "main";
}
export async function setWindowTitle(title: string): Promise<void> {
  document.title = title;
  if (inDesktop()) await getCurrentWindow().setTitle(title);
}
export async function minimiseWindow(): Promise<void> {
  if (inDesktop()) await getCurrentWindow().minimize();
}
export async function closeWindow(): Promise<void> {
  if (inDesktop()) await getCurrentWindow().close();
}
