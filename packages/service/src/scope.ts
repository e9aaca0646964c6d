import type { BaseConfig } from './config.ts';

/** A name of a database, stream or broker object, kept apart by NAMESPACE. */
export const scoped = ({ NAMESPACE }: Pick<BaseConfig, 'NAMESPACE'>, name: string): string =>
  NAMESPACE ? `${NAMESPACE}-${name}` : name;
