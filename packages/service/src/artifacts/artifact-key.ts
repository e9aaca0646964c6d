const keyShape = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** @throws Error for a key that could lead out of the store. */
export function checkedKey(key: string): string {
  if (key.length > 500 || !keyShape.test(key)) {
    throw new Error(
      `artifact key ${JSON.stringify(key.slice(0, 100))} is not allowed; it has names of A-Z, a-z, 0-9, ., _ and -, parted by /`,
    );
  }
  return key;
}
