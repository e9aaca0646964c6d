/** Whether something thrown carries this code, as the errors of node do. Asks no class: an error may come from another realm. */
export const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
