//! A command from a single press: its refusal is said in a toast, its success where it is not seen.

import { failed, succeeded } from "../../kit/toast";
import { call, type Name, type Request } from "../../rpc/client";

/** True if it was done. */
export async function press<N extends Name>(
  name: N,
  request: Request<N>,
  sentence?: string,
): Promise<boolean> {
  try {
    await call(name, request);
    if (sentence) succeeded(sentence);
    return true;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
}
