//! Light, dark or as the system is. public/theme.js sets the kept choice before the first paint.

export type ThemeChoice = "system" | "light" | "dark";

function kept(): ThemeChoice {
  try {
    const found = localStorage.getItem("theme");
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

class Theme {
  #choice = $state<ThemeChoice>(kept());

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(next: ThemeChoice) {
    this.#choice = next;
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
    } catch {
      // Without storage the choice lasts as long as the window.
    }
  }
}

export const theme = new Theme();
