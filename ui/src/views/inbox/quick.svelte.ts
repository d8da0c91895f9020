//! Whether the Quick report is shown over the current screen. Here, below the stages, because every
//! screen with a "Log issue" button opens it and only the report stage shows it.

class Quick {
  open = $state(false);
}

export const quick = new Quick();
