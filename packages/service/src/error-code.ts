/** Whether something thrown carries this code, as the errors of node and of the database driver do. Asks no class: an error may come from another realm. */
export const hasCode = (error: unknown, code: string | number): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
