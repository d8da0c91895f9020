// Runs before the first paint (a classic script from our own origin, as the policy demands): a
// window that was dark yesterday must not flash white today.
(function () {
  try {
    var chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // No storage: the system's preference stands.
  }
})();
