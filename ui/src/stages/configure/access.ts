//! As whom a host is asked, and what the secret for it is called.

import type { AccessLogin } from "../../rpc/generated";

export type LoginBy = AccessLogin["by"];

export const logins: { value: LoginBy; label: string }[] = [
  { value: "nobody", label: "Nobody" },
  { value: "bearer", label: "Token" },
  { value: "basic", label: "User and password" },
  { value: "header", label: "A header" },
];

export const secretWords: Record<Exclude<LoginBy, "nobody">, string> = {
  bearer: "Token",
  basic: "Password",
  header: "Secret",
};

/** What a way of asking begins with. */
export const freshLogin: Record<LoginBy, () => AccessLogin> = {
  nobody: () => ({ by: "nobody" }),
  bearer: () => ({ by: "bearer" }),
  basic: () => ({ by: "basic", user: "" }),
  header: () => ({ by: "header", name: "" }),
};
