type Write = (fields: Record<string, unknown>, message: string) => void;

/** The part of a logger that this package needs; pino is one. */
export type Log = { readonly debug: Write; readonly info: Write; readonly warn: Write; readonly error: Write };
