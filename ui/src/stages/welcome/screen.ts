//! What is shown while no workspace is open.

import type { Module } from "../../kit/screen";
import Welcome from "./Welcome.svelte";

export default { welcome: Welcome } satisfies Module;
