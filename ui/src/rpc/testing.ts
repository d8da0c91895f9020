//! For tests only: a core that answers by name.

import { useTransport } from "./client";

/** Every call is answered by `answer`, or refused by what it throws. */
export function answering(
  answer: (name: string, request: Record<string, unknown>) => unknown,
): void {
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: Record<string, unknown> };
      return answer(name, request);
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
}
