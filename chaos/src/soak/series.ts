/** Values over time, of which the first part is warming up. */
export class Series {
  readonly #values: number[] = [];

  add(value: number): void {
    if (!Number.isNaN(value)) this.#values.push(value);
  }

  /**
   * From the fourth tenth to the last fifth, lowest value against lowest: what was given back in between is no growth.
   * @returns NaN with fewer than ten values.
   */
  get growth(): number {
    const { length } = this.#values;
    if (length < 10) return Number.NaN;
    const lowest = (from: number, to: number) =>
      Math.min(...this.#values.slice(Math.floor(length * from), Math.ceil(length * to)));
    return lowest(0.8, 1) - lowest(0.4, 0.6);
  }

  get last(): number {
    return this.#values.at(-1) ?? Number.NaN;
  }
}
