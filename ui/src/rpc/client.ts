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
/** Names that only read or judge: what `live` may ask again and again. */
export type QueryName = {
  [N in Name]: Api[N] extends { kind: "query" | "judgement" } ? N : never;
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
  invoke(
    command: string,
    args: Record<string, unknown> | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<unknown>;
  listen(event: string, heard: (payload: unknown) => void): Promise<() => void>;
  channel<T>(heard: (item: T) => void): unknown;
}

const tauri: Transport = {
  invoke: (command, args, headers) => invoke(command, args, headers ? { headers } : undefined),
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

async function send<T>(
  command: string,
  args: Record<string, unknown> | Uint8Array = {},
  headers?: Record<string, string>,
): Promise<T> {
  try {
    return (await transport.invoke(command, args, headers)) as T;
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
  if (known.has(name) && Object.keys(request as object).length === 0) {
    const answer = known.get(name) as Response<N>;
    known.delete(name);
    return Promise.resolve(answer);
  }
  return send<Response<N>>("call", { name, request });
}

/** The topics that a query's answer depends on, as the core declares them. */
export function topicsOf(name: Name): readonly string[] {
  return topics[name] ?? [];
}

/** Hears which topics changed, whoever changed them; "*" means all. Answers with the way to stop. */
export function onChanged(heard: (changed: string[]) => void): Promise<() => void> {
  return transport.listen("changed", (payload) => {
    known.clear();
    const { topics: changed } = payload as { topics?: unknown };
    if (Array.isArray(changed)) heard(changed.filter((t) => typeof t === "string"));
  });
}

/** Streams the answers of a query while they say something new (a growing log: only its new lines),
 *  until the answer to this call is called. */
export function follow<N extends QueryName>(
  name: N,
  request: Request<N>,
  onItem: (item: Response<N>) => void,
  onError: (error: ApiError) => void = () => {},
): () => void {
  let stopped = false;
  const channel = transport.channel<Response<N>>((item) => {
    if (!stopped) onItem(item);
  });
  let over = false;
  send("follow", { name, request, channel })
    .catch((e: unknown) => {
      if (!stopped) onError(asApiError(e));
    })
    .finally(() => (over = true));
  return () => {
    if (stopped || over) return;
    stopped = true;
    const { id } = channel as { id?: number };
    // Failing to stop costs nothing here: the stream ends with the window.
    if (id !== undefined) send("unfollow", { channel: id }).catch(() => {});
  };
}

export interface WorkspaceFile {
  path: string;
  name: string;
}

/** What the window has to know before it can ask for anything else. */
export interface WorkspaceStatus {
  open: WorkspaceFile | null;
  recent: WorkspaceFile[];
  /** Whether this program carries out deployments, messages and probes. */
  engine: boolean;
  /** The folder in which a new workspace is suggested. */
  folder: string;
  version: string;
  /** What the first screen asks for, answered beforehand; each request is without parameters. */
  first?: { name: string; answer: unknown }[];
}

/** Answers that came before their questions. Each is good for one question, in the first second, and
 *  until something changes. */
const known = new Map<string, unknown>();

function learn(status: WorkspaceStatus): WorkspaceStatus {
  for (const { name, answer } of status.first ?? []) known.set(name, answer);
  setTimeout(() => known.clear(), 1000);
  return status;
}

/** public/first.js asks while this code is still on its way. */
function askedEarly(): Promise<WorkspaceStatus> | undefined {
  const page = globalThis as { firstStatus?: Promise<WorkspaceStatus> | undefined };
  const early = page.firstStatus;
  page.firstStatus = undefined;
  return early;
}

/** The workspace's file: which one is open, and opening another. Paths are absolute or begin with ~/. */
export const workspace = {
  status: async () => {
    try {
      return learn(await (askedEarly() ?? send<WorkspaceStatus>("workspace_status")));
    } catch (thrown) {
      throw asApiError(thrown);
    }
  },
  create: (path: string, name: string) => send<WorkspaceStatus>("workspace_create", { path, name }),
  open: (path: string) => send<WorkspaceStatus>("workspace_open", { path }),
  sample: (path: string, issues?: number, seed?: number) =>
    send<WorkspaceStatus>("workspace_sample", { path, issues, seed }),
  close: () => send<WorkspaceStatus>("workspace_close"),
  /** Another workspace was opened, or none is any more (in any window). */
  onSwitched: (heard: (status: WorkspaceStatus) => void) =>
    transport.listen("workspace", (payload) => heard(payload as WorkspaceStatus)),
};

/** How much of a file travels at once. */
const PART = 2 * 1024 * 1024;

/** Attachments by their hash. Bytes travel as they are, never as JSON. */
export const blobs = {
  /** Takes a dropped or pasted file in, part by part; `onprogress` hears how much has arrived (0 to 1). */
  async put(
    file: File,
    onprogress: (share: number) => void = () => {},
  ): Promise<{ hash: string; size: number; name: string; media: string }> {
    const upload = await send<number>("blob_begin", { size: file.size });
    for (let at = 0; at < file.size; at += PART) {
      const part = new Uint8Array(await file.slice(at, at + PART).arrayBuffer());
      await send<void>("blob_part", part, { upload: String(upload) });
      onprogress(Math.min(1, (at + PART) / file.size));
    }
    const stored = await send<{ hash: string; size: number }>("blob_end", { upload });
    return { ...stored, name: file.name, media: file.type || "application/octet-stream" };
  },
  /** The first lines of a text; refused if it is none. */
  head: (hash: string) => send<string>("blob_head", { hash }),
  open: (hash: string) => send<void>("blob_open", { hash }),
  save: (hash: string, path: string) => send<void>("blob_save", { hash, path }),
  /** For <img src>: only raster images are answered. */
  address: (hash: string) => `hotfix-blob://localhost/${hash}`,
};

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

/** Raises the large window (from Quick report), and shows an issue in it. */
export function openMain(issue?: string): Promise<void> {
  return send<void>("open_main", { issue: issue ?? null });
}

/** Another window asks this one to show an address ("#/inbox/ISS-5"). */
export function onShow(heard: (address: string) => void): Promise<() => void> {
  return transport.listen("show", (payload) => {
    if (typeof payload === "string") heard(payload);
  });
}

/** Opens a web page or a new mail in the person's own program. */
export function openLink(url: string): Promise<void> {
  return send<void>("link_open", { url });
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
