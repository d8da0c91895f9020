//! Which objects have changes that are not saved: marked in the list, wherever one is.

import { SvelteSet } from "svelte/reactivity";

/** By the name of the draft: "settings/endpoint/deployer". */
export const unsaved = new SvelteSet<string>();
