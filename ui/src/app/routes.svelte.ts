//! Which screen belongs to which place. Screens come from the `screen.ts` of each folder in stages/
//! and views/; nothing here knows one of them by name.

import type { Module, Screen } from "../kit/screen";

export interface Match {
  screen: Screen;
  params: Record<string, string>;
}

/** The parameters if `path` fits `pattern` ("/fix/:key/*rest"), undefined otherwise. */
export function fit(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith("*")) {
      params[part.slice(1) || "rest"] = given.slice(i).map(decode).join("/");
      return params;
    }
    const have = given[i];
    const optional = part.endsWith("?");
    if (part.startsWith(":")) {
      if (have === undefined && !optional) return undefined;
      if (have !== undefined) params[part.slice(1).replace(/\?$/, "")] = decode(have);
    } else if (part !== have) return undefined;
  }
  return given.length > wanted.length ? undefined : params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export class Routes {
  modules = $state.raw<Module[]>([]);

  /** A folder adds what it has. Called once each at start-up. */
  register(...modules: Module[]): void {
    this.modules = [...this.modules, ...modules];
  }

  get screens(): Screen[] {
    return this.modules.flatMap((m) => m.screens ?? []);
  }

  get nav(): Screen[] {
    return this.screens
      .filter((s) => s.nav)
      .sort((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));
  }

  /** Where "/" leads: the first line of the navigation. */
  get home(): string {
    return address(this.nav[0]?.path ?? "/");
  }

  match(path: string): Match | undefined {
    const literal = (p: string) => p.split("/").filter((x) => x && !/^[:*]/.test(x)).length;
    const best = this.screens
      .flatMap((screen) => {
        const params = fit(screen.path, path);
        return params ? [{ screen, params }] : [];
      })
      .sort((a, b) => literal(b.screen.path) - literal(a.screen.path));
    return best[0];
  }
}

/** A pattern's own place, without its parameters: "/inbox/:key?" → "/inbox". */
export function address(pattern: string): string {
  const parts = pattern.split("/").filter((p) => p && !/^[:*]/.test(p));
  return `/${parts.join("/")}`;
}

export const routes = new Routes();
