import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, type Environment, serviceConfig } from './config.ts';

const own = z.object({ MILL_URL: z.url(), MILL_SECRET: z.string().min(4).optional() });

const read = (env: Environment) => serviceConfig(own, { port: 4199, env });

test('what is unset or empty gets its default', () => {
  expect(read({ MILL_URL: 'http://mill', LOG_LEVEL: '' })).toMatchObject({
    MILL_URL: 'http://mill',
    PORT: 4199,
    RUN: 'all',
    CONCURRENCY: 25,
    DRAIN_SECONDS: 25,
    VERSION: 'dev',
    LOG_LEVEL: 'info',
    AMQP_URL: 'amqp://127.0.0.1:5672',
  });
});

test('every wrong variable is named at once, without its value', () => {
  const wrong = () => read({ PORT: 'http', RUN: 'some', MILL_SECRET: 'abc', QUEUES: 'a, b' });

  expect(wrong).toThrow(ConfigError);
  expect(wrong).toThrow(/PORT: .*RUN: .*MILL_URL: is missing.*MILL_SECRET: /s);
  expect(wrong).not.toThrow(/abc/);
});

test('a list is split at its commas', () => {
  expect(read({ MILL_URL: 'http://mill', QUEUES: 'a, b,' }).QUEUES).toEqual(['a', 'b']);
});

test('NAME_FILE gives the value without its last line break, and a missing file is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const file = join(folder, 'secret');
  writeFileSync(file, 'from-a-file\n');

  const config = read({ MILL_URL: 'http://mill', MILL_SECRET_FILE: file });
  rmSync(folder, { recursive: true });

  expect(config.MILL_SECRET).toBe('from-a-file');
  expect(() => read({ MILL_URL: 'http://mill', MILL_SECRET_FILE: file })).toThrow(
    `MILL_SECRET_FILE: cannot read ${file}`,
  );
});
