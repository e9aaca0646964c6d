import { v5, v7, validate } from 'uuid';

/** Namespace of every id that is derived from another one. */
const DERIVED = '6f6a8f0e-5b0a-5d9c-9a53-1d8f1d0c7b11';

/** A fresh id, sortable by time (UUIDv7). */
export const newId = (): string => v7();

/** The same id for the same name, everywhere and always (UUIDv5). */
export const derivedId = (name: string): string => v5(name, DERIVED);

export const isId = (id: string): boolean => validate(id);
