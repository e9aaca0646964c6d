/**
 * Conditions on what the index of a question does not hold, in brackets of their own: outside of them a planner may take
 * them for a reason to leave that index, or most of its bounds, and look through all that is in a state.
 * @returns what belongs into `$and`; nothing for no conditions.
 */
export const inBrackets = (conditions: object): object[] =>
  Object.keys(conditions).length > 0 ? [{ $or: [conditions] }] : [];
