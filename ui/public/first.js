// Asks what is open, and with it what the first screen shows, while the window's own code is still on
// its way (a classic script from our own origin, as the policy demands). rpc/client.ts takes the answer.
(function () {
  var tauri = globalThis.__TAURI_INTERNALS__;
  if (!tauri) return;
  globalThis.firstStatus = tauri.invoke("workspace_status");
  // Whoever takes it up hears what went wrong.
  globalThis.firstStatus.catch(function () {});
})();
