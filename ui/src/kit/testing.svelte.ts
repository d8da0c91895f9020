//! For tests only: a reactive value and an effect root, which plain .ts files cannot make.

export class Box<T> {
  value = $state() as T;

  constructor(value: T) {
    this.value = value;
  }

  static root(run: () => void): () => void {
    return $effect.root(run);
  }
}
