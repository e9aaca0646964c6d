/** The part that is used of a library that comes without types. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  type Parameters = {
    readonly version: 'aes128gcm';
    readonly privateKey: ECDH;
    /** Base64url, as are the others. */
    readonly dh: string;
    readonly authSecret: string;
    readonly salt: string;
  };
  export function encrypt(text: Buffer, parameters: Parameters): Buffer;
}
