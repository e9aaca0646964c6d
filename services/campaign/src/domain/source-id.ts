/** A source id such as `0-schtick-17`: unique in a template, the same in every copy. */
export const sourceIdOf = (volume: number, kind: string, index: number): string => `${volume}-${kind}-${index}`;
