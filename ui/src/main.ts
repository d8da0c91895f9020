import { mount } from "svelte";
import "./kit/base.css";
import App from "./app/App.svelte";
import { registerAll } from "./app/modules";
import { session } from "./views/session.svelte";

/** Drawn once with its list rather than first without it, unless what is open takes longer to learn
 *  than a person takes for granted. */
const PATIENCE = 200;

const target = document.getElementById("app");
if (target) {
  const late = new Promise((go) => setTimeout(go, PATIENCE));
  // The shell asks for the same and says what went wrong.
  const known = session.begin().catch(() => {});
  void Promise.race([known, late]).then(() => draw(target));
}

function draw(target: HTMLElement) {
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
