//! Which workspace is open and who one is in it: read by the shell and by every screen. Filled by the
//! module whose `start` asks the core (see README, "The session"); absent: how it is asked.

export interface Person {
  id: string;
  name: string;
}

class Session {
  /** "starting" until the core has answered, "closed" without a workspace. */
  status = $state<"starting" | "closed" | "open">("starting");
  workspace = $state<{ name: string; path?: string } | undefined>();
  person = $state<Person | undefined>();
  /** What the profile menu offers besides the theme: switch profile, close workspace. */
  menu = $state.raw<{ label: string; run: () => void }[]>([]);

  opened(workspace: { name: string; path?: string }, person?: Person): void {
    this.workspace = workspace;
    this.person = person;
    this.status = "open";
  }

  closed(): void {
    this.workspace = undefined;
    this.person = undefined;
    this.status = "closed";
  }
}

export const session = new Session();
