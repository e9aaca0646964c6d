import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A file of a multipart request, received whole and hashed. It is gone when the request has been answered. */
export class ReceivedFile {
  /** The part's name in the form. */
  readonly field: string;
  /** As the sender calls it; empty when it has no name. */
  readonly name: string;
  readonly bytes: number;
  /** Of the content, in hex. */
  readonly sha256: string;
  /** Not among the fields: a request that comes again has the same body, wherever it is kept meanwhile. */
  readonly #path: string;

  constructor(facts: Pick<ReceivedFile, 'field' | 'name' | 'bytes' | 'sha256'>, path: string) {
    this.field = facts.field;
    this.name = facts.name;
    this.bytes = facts.bytes;
    this.sha256 = facts.sha256;
    this.#path = path;
  }

  /** The content, from its beginning. */
  open(): Readable {
    return createReadStream(this.#path);
  }

  /** The first bytes; fewer when the file is shorter. */
  async head(limitBytes: number): Promise<Buffer> {
    const file = await open(this.#path);
    try {
      const head = Buffer.alloc(Math.min(limitBytes, this.bytes));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
