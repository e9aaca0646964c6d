import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import specification from '@asyncapi/specs';
import * as contracts from '@millrace/contracts';
import { jobContract } from '@millrace/contracts';
import { Ajv, type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { renderAsyncApi } from './asyncapi.ts';
import { makeCatalogue } from './catalogue.ts';
import { listContracts } from './contract-list.ts';
import { differenceOf, write } from './generated-file.ts';
import { renderMarkdown } from './markdown.ts';
import { fieldsOf } from './payload-fields.ts';

const root = resolve(import.meta.dirname, '../../..');

const changing = {
  garden: {
    waterPlants: jobContract({
      name: 'plants.water',
      queue: 'garden.default',
      summary: 'Waters.',
      version: 2,
      previous: { 1: z.object({ cups: z.number() }) },
      upcasts: { 1: ({ cups }: { cups: number }) => ({ litres: cups / 4 }) },
      payload: z.object({ litres: z.number().positive().describe('How much.') }),
    }),
  },
};

describe('the AsyncAPI document', () => {
  const validator = () => {
    // The schema brings the draft that it is written in along.
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
    addFormats.default(ajv);
    return ajv.compile(specification.schemas['3.0.0'] as AnySchema);
  };

  it.each([
    ['of this repository', contracts],
    ['of a job in two versions', changing],
  ])('%s is valid AsyncAPI 3.0', (_, namespaces) => {
    const validate = validator();

    void validate(
      JSON.parse(renderAsyncApi(listContracts(namespaces), new Map([['campaign.seeded', ['notifications']]]))),
    );

    expect(validate.errors).toBeNull();
  });

  it('has only references that lead somewhere', () => {
    const document = JSON.parse(makeCatalogue(root).files[1]?.text ?? '');
    const references = JSON.stringify(document).match(/"#\/[^"]+"/g) ?? [];
    const target = (reference: string) =>
      reference
        .slice(3, -1)
        .split('/')
        .reduce((place, key) => place?.[key], document);

    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((reference) => target(reference) === undefined)).toEqual([]);
  });

  it('names every version that a queue may still hold', () => {
    const document = JSON.parse(renderAsyncApi(listContracts(changing), new Map()));

    expect(Object.keys(document.channels['garden.default'].messages)).toEqual(['plants.water.v1', 'plants.water.v2']);
    expect(document.components.messages['plants.water.v1'].payload.properties.payload.required).toEqual(['cups']);
  });
});

describe('the catalogue for people', () => {
  it('has a section for every job and every event', () => {
    const { jobs, events } = listContracts(contracts);
    const names = [...jobs.map(({ contract }) => contract.name), ...events.map(({ contract }) => contract.type)];

    const headings = [...(makeCatalogue(root).files[0]?.text ?? '').matchAll(/^### (.+)$/gm)].map(([, name]) => name);

    expect(headings).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(['campaign.seed', 'campaign.seeded']));
  });

  it('shows versions, limits and fields of a job', () => {
    const text = renderMarkdown(listContracts(changing), new Map());

    expect(text).toContain('| garden | `garden.default` | `std` | 2 | 1, 2 | 20 | 300 s |');
    expect(text).toContain('| `litres` | number > 0 | required | How much. |');
  });

  it('puts types into words', () => {
    const schema = z.object({
      id: z.uuid(),
      mode: z.enum(['batch', 'single']).default('batch'),
      by: z.string().min(1).nullable(),
      ids: z.array(z.uuid()).min(1).max(100).optional(),
      count: z.int().nonnegative(),
      ratio: z.number(),
      parts: z.array(z.object({ name: z.string() })),
      old: z.literal(7),
    });

    const rows = fieldsOf(schema, 'input').map(({ path, type, isRequired }) => [path, type, isRequired]);

    expect(rows).toEqual([
      ['id', 'uuid', true],
      ['mode', '"batch" or "single"', false],
      ['by', 'non-empty string or null', true],
      ['ids', 'list of uuid, 1 to 100', false],
      ['count', 'integer ≥ 0', true],
      ['ratio', 'number', true],
      ['parts', 'list of object', true],
      ['parts[].name', 'string', true],
      ['old', '7', true],
    ]);
  });
});

describe('a generated file', () => {
  it('differs until it is written, and the sentence shows where', () => {
    const directory = mkdtempSync(join(tmpdir(), 'catalogue-'));
    const file = { path: 'docs/list.md', text: 'one\ntwo\nthree\n' };

    expect(differenceOf(directory, file)).toBe('docs/list.md is missing');
    write(directory, file);
    expect(differenceOf(directory, file)).toBeUndefined();
    expect(differenceOf(directory, { ...file, text: 'one\n2\nthree\n' })).toBe(
      'docs/list.md differs from the contracts at line 2:\n- two\n+ 2',
    );
    expect(differenceOf(directory, { ...file, text: 'one\ntwo\nthree' })).toContain('at line 4:\n- \n+ (end)');
    rmSync(directory, { recursive: true });
  });
});
