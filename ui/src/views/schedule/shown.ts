//! Whether the schedule shows people, kept on this machine.

export function peopleShown(): boolean {
  try {
    return localStorage.getItem("schedule.people") !== "hidden";
  } catch {
    return true;
  }
}

export function showPeople(yes: boolean): void {
  try {
    if (yes) localStorage.removeItem("schedule.people");
    else localStorage.setItem("schedule.people", "hidden");
  } catch {
    // Without storage it lasts as long as the screen.
  }
}
