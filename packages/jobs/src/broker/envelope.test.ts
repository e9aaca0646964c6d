import fc from 'fast-check';
import { z } from 'zod';
import { type Contract, defineJob, type JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import { encode, messageHash, read } from './envelope.ts';

const payload = z.object({ order: z.int() });
const contract: Contract<typeof payload> = {
  name: 'order.ship',
  queue: 'orders.main',
  summary: '',
  version: 2,
  versions: { 1: z.object({ id: z.int() }), 2: payload },
  upcasts: {},
  payload,
  maxAttempts: 3,
  timeoutMs: 1_000,
  lane: 'std',
};
const definitions = new Map([['order.ship', defineJob(contract, { run: async () => done() }) as JobDefinition]]);

const reading = (body: unknown, type: string | undefined) =>
  read(
    Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    type,
    definitions,
  );
const good = { jobId: 'j1', n: 3, payload: { order: 7 } };

test('what is encoded is read again, with small and large payloads', () => {
  for (const text of ['', 'x'.repeat(100_000), '語'.repeat(4_000), '語'.repeat(1_300)]) {
    const record = { _id: 'j1', n: 3, name: 'order.ship', v: 2, payload: { order: 7, text } } as JobRecord;
    const { body, type, messageId } = encode(record);
    expect(read(body, type, definitions)).toEqual({ ok: true, envelope: { jobId: 'j1', n: 3 } });
    expect(messageId).toBe('j1:3');
  }
});

test.each([
  { what: 'broken JSON', body: '{"jobId":', type: 'order.ship@2', reason: 'body-malformed' },
  { what: 'an empty body', body: '', type: 'order.ship@2', reason: 'body-malformed' },
  { what: 'a JSON array', body: '[]', type: 'order.ship@2', reason: 'body-malformed' },
  { what: 'a JSON null', body: 'null', type: 'order.ship@2', reason: 'body-malformed' },
  {
    what: 'bytes that are no text',
    body: Buffer.from([0xff, 0xfe, 0x00]),
    type: 'order.ship@2',
    reason: 'body-malformed',
  },
  { what: 'no job id', body: { n: 1 }, type: 'order.ship@2', reason: 'body-malformed' },
  { what: 'a dispatch number of 0', body: { ...good, n: 0 }, type: 'order.ship@2', reason: 'body-malformed' },
  { what: 'a dispatch number as text', body: { ...good, n: '1' }, type: 'order.ship@2', reason: 'body-malformed' },
  {
    what: 'an operator as job id',
    body: { ...good, jobId: { $ne: null } },
    type: 'order.ship@2',
    reason: 'body-malformed',
  },
  {
    what: 'a job id without end',
    body: { ...good, jobId: 'x'.repeat(201) },
    type: 'order.ship@2',
    reason: 'body-malformed',
  },
  { what: 'an unknown job', body: good, type: 'order.burn@1', reason: 'job-unknown' },
  { what: 'a name that objects inherit', body: good, type: 'constructor', reason: 'job-unknown' },
  { what: 'no type at all', body: good, type: undefined, reason: 'job-unknown' },
  { what: 'an unknown version', body: good, type: 'order.ship@9', reason: 'payload-invalid' },
  { what: 'a version that is no number', body: good, type: 'order.ship@toString', reason: 'payload-invalid' },
  {
    what: 'a payload of the wrong shape',
    body: { ...good, payload: { order: 'seven' } },
    type: 'order.ship@2',
    reason: 'payload-invalid',
  },
  {
    what: 'more than 16 KiB',
    body: { ...good, filler: 'x'.repeat(20_000) },
    type: 'order.ship@2',
    reason: 'body-too-large',
  },
])('$what is refused as $reason', ({ body, type, reason }) => {
  expect(reading(body, type)).toMatchObject({ ok: false, reason });
});

test('an older version is checked by its own schema, and no payload at all is left to the record', () => {
  expect(reading({ ...good, payload: { id: 7 } }, 'order.ship@1')).toMatchObject({ ok: true });
  expect(reading({ jobId: 'j1', n: 1 }, 'order.ship@2')).toMatchObject({ ok: true });
  expect(reading({ ...good, name: 'order.ship' }, undefined)).toMatchObject({ ok: true });
});

test('no body makes the reader throw', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((json) => Buffer.from(json)),
  );
  fc.assert(
    fc.property(body, fc.option(fc.string(), { nil: undefined }), (bytes, type) => {
      const result = read(bytes, type, definitions);
      expect(result.ok || result.reason.length > 0).toBe(true);
    }),
  );
});

test('the identity of a letter depends on every part of it', () => {
  const body = Buffer.from('a');
  const ids = [
    messageHash('e', 'k', 'm', body),
    messageHash('f', 'k', 'm', body),
    messageHash('e', 'l', 'm', body),
    messageHash('e', 'k', 'n', body),
    messageHash('e', 'k', 'm', Buffer.from('b')),
  ];

  expect(new Set(ids).size).toBe(5);
  expect(messageHash('e', 'k', 'm', body)).toBe(ids[0]);
});
