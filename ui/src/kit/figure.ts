/** A measured number for people: whole from ten on, else three digits that count. "1,204", "7.5", "0.023" */
export function figure(n: number): string {
  return Math.abs(n) >= 10
    ? Math.round(n).toLocaleString()
    : n.toLocaleString(undefined, { maximumSignificantDigits: Math.abs(n) < 1 ? 2 : 3 });
}
