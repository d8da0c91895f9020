// Generated from api.rs; do not edit. (A placeholder until the generator has run.)

export interface Api {}

export const topics: Record<string, string[]> = {};
