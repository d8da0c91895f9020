//! Which workspace is open and who one is in it: read by the shell and by every screen.

import { forget } from "../kit/query.svelte";
import { call, workspace, type WorkspaceFile, type WorkspaceStatus } from "../rpc/client";

export interface Me {
  id: string;
  name: string;
}

export interface Workspace {
  name: string;
  path?: string;
  zone?: string;
  /** Why nothing can be changed in it, if so. */
  readOnly?: string;
}

class Session {
  /** "starting" until the core has answered, "closed" without a workspace. */
  status = $state<"starting" | "closed" | "open">("starting");
  workspace = $state<Workspace | undefined>();
  /** Who one has chosen to be; undefined until a profile is chosen. */
  person = $state<Me | undefined>();
  /** Workspaces opened before, for the welcome screen. */
  recent = $state.raw<WorkspaceFile[]>([]);
  /** Where a new workspace is suggested. */
  folder = $state("");

  opened(file: Workspace, person?: Me): void {
    this.workspace = file;
    this.person = person;
    this.status = "open";
  }

  closed(): void {
    this.workspace = undefined;
    this.person = undefined;
    this.status = "closed";
  }

  #begun: Promise<void> | undefined;

  /** Asks what is open, once for the window. */
  begin(): Promise<void> {
    return (this.#begun ??= this.load());
  }

  /** Asks what is open; what a workspace command answered may be handed in instead. */
  async load(known?: WorkspaceStatus): Promise<void> {
    const status = known ?? (await workspace.status());
    this.recent = status.recent;
    this.folder = status.folder;
    if (!status.open) return this.closed();
    if (this.workspace && this.workspace.path !== status.open.path) forget();
    await this.refresh(status.open);
  }

  /** Name and profile anew (a profile was chosen, the workspace renamed). */
  async refresh(file: WorkspaceFile | undefined = undefined): Promise<void> {
    const shown = await call("workspace_show", {});
    this.opened(
      {
        name: shown.name,
        path: file?.path ?? shown.path,
        zone: shown.zone,
        readOnly: shown.read_only ?? undefined,
      },
      shown.me ? { id: shown.me.id, name: shown.me.name } : undefined,
    );
  }
}

export const session = new Session();
