/** An event that the bus never takes, however often it is told. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  readonly code = 'event-too-large';
  readonly type: string;
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(type: string, bytes: number, maxBytes: number) {
    super(`event ${type} has ${bytes} bytes, at most ${maxBytes} can be told; store it and tell its address`);
    this.type = type;
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/** @throws EventTooLarge */
export function assertFits(type: string, body: string | Uint8Array, maxBytes: number): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes) throw new EventTooLarge(type, bytes, maxBytes);
}
