import { mount } from "svelte";
import "./kit/base.css";
import App from "./app/App.svelte";
import { registerAll } from "./app/modules";

const target = document.getElementById("app");
if (target) {
  try {
    registerAll();
    mount(App, { target });
  } catch (thrown) {
    // Drawn without the kit, because the kit may be what failed.
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = `Hotfix Desk could not draw its window: ${String(thrown)}. Your workspace is untouched; start it again.`;
    target.append(words);
  }
}
