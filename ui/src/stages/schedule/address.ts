//! Where a running deployment is watched.

export function liveAddress(key: string): string {
  return `/deployment/${key}`;
}
