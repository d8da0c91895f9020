//! What is shown while no workspace is open.

import type { Module } from "../../kit/screen";

export default { welcome: () => import("./Welcome.svelte") } satisfies Module;
