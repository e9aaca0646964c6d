import { isDuplicateKey } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { Connection, Model } from 'mongoose';
import { v7 } from 'uuid';
import { contentHash } from '../domain/content-hash.ts';
import { generateTemplate } from '../domain/generate-template.ts';
import { templateIdOf } from '../domain/ids.ts';
import { type Template, type TemplateKind, type TemplateTotals, templateKinds, totalsOf } from '../domain/template.ts';
import type { ProfileName } from '../domain/template-shape.ts';
import { insertMissing } from './insert-missing.ts';
import { templateFilesIn } from './template-files.ts';

export type TemplateRow = {
  readonly _id: string;
  readonly version: number;
  readonly name: string;
  readonly profile: ProfileName;
  readonly variant: number;
  readonly hash: string;
  readonly totals: TemplateTotals;
  readonly status: 'draft' | 'published';
  /** The one published last is what campaigns are seeded from. */
  readonly publishedAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Some rows of one kind. Its id holds the content's hash, so the same content is stored once, whoever stores it. */
export type TemplateChunk<Kind extends TemplateKind = TemplateKind> = {
  readonly _id: string;
  readonly hash: string;
  readonly position: number;
  readonly kind: Kind;
  readonly rows: Template[Kind];
};

export type Templates = ReturnType<typeof templatesIn>;

/** Keeps a document far below 16 MB and bounds what a seeding holds in memory. */
const rowsPerChunk = 1_000;
const chunksPerRead = 8;

type Draft = { readonly name: string; readonly profile: ProfileName; readonly variant?: number | undefined };
type Content = Draft & { readonly variant: number };

/** @param urlEndpoint where the image provider serves files, without a trailing slash. */
export function templatesIn(database: Connection, { urlEndpoint }: { urlEndpoint: string }) {
  const model = templateModel(database);
  const chunks = chunkModel(database);
  const files = templateFilesIn(database, { urlEndpoint });
  return {
    find: (id: string): Promise<TemplateRow | null> => model.findById(id).lean<TemplateRow>().exec(),

    /** What campaigns are seeded from now. */
    current: (): Promise<TemplateRow | null> =>
      model.findOne({ status: 'published' }).sort({ publishedAt: -1 }).lean<TemplateRow>().exec(),

    /** Newest version first. @param after further conditions, for paging. */
    list: ({ after, limit }: { after: Record<string, unknown>; limit: number }): Promise<TemplateRow[]> =>
      model
        .find(after as never)
        .sort({ version: -1 })
        .limit(limit)
        .lean<TemplateRow[]>()
        .exec(),

    /** Generates a draft with the next version, and with words of its own unless `variant` says which. @param id makes a repeated request find the draft it made before. */
    async create(content: Draft, id: string = v7()): Promise<TemplateRow> {
      for (;;) {
        const version = ((await model.findOne().sort({ version: -1 }).lean<TemplateRow>().exec())?.version ?? 0) + 1;
        const stored = await storeContent({ ...content, variant: content.variant ?? version });
        const row = await insertRow({ ...stored, _id: id, version, status: 'draft', publishedAt: null });
        if (row) return row;
      }
    },

    /** Makes it what campaigns are seeded from; again too, to go back to an older version. Null when there is no such template. */
    publish: (id: string): Promise<TemplateRow | null> =>
      model
        .findByIdAndUpdate(
          id,
          {
            $set: { status: 'published', updatedAt: new Date() },
            $currentDate: { publishedAt: true },
            $inc: { revision: 1 },
          },
          { returnDocument: 'after' },
        )
        .lean<TemplateRow>()
        .exec(),

    /** Generates and publishes version 1 when there is none. Replicas that start together agree: its id is derived. */
    async ensureFirst(profile: ProfileName): Promise<void> {
      if (await model.exists({})) return;
      const stored = await storeContent({ name: 'Master template', profile, variant: 1 });
      await insertRow({ ...stored, _id: templateIdOf(1), version: 1, status: 'published', publishedAt: new Date() });
    },

    /** The content in chunks, images first, a few in memory at a time. */
    async *content(hash: string): AsyncGenerator<TemplateChunk> {
      const cursor = chunks
        .find({ hash })
        .sort({ position: 1 })
        .lean<TemplateChunk[]>()
        .cursor({ batchSize: chunksPerRead });
      for await (const chunk of cursor) yield chunk as TemplateChunk;
    },
  };

  async function storeContent({ name, profile, variant }: Content) {
    const template = generateTemplate(profile, { variant });
    const hash = contentHash(template);
    for (const chunk of chunksOf(template, hash)) await insertMissing(chunks, [chunk]);
    await files.keep(template.images, hash);
    return { name, profile, variant, hash, totals: totalsOf(template), revision: 1 };
  }

  /** Undefined when its version was taken in the meantime. */
  async function insertRow(fields: Omit<TemplateRow, 'createdAt' | 'updatedAt'>): Promise<TemplateRow | undefined> {
    const at = new Date();
    const row = { ...fields, createdAt: at, updatedAt: at };
    try {
      await model.collection.insertOne(row as never);
      return row;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await model.findById(row._id).lean<TemplateRow>().exec()) ?? undefined;
    }
  }
}

const templateModel = (database: Connection): Model<TemplateRow> =>
  modelOf<TemplateRow>(database, 'templates', [[{ version: 1 }, { unique: true }], [{ status: 1, publishedAt: -1 }]]);

const chunkModel = (database: Connection): Model<TemplateChunk> =>
  modelOf<TemplateChunk>(database, 'template_chunks', [[{ hash: 1, position: 1 }]]);

/** Images come first: all other rows show them. */
function* chunksOf(template: Template, hash: string): Generator<TemplateChunk> {
  let position = 0;
  for (const kind of ['images', ...templateKinds.filter((name) => name !== 'images')] as TemplateKind[]) {
    for (let from = 0; from < template[kind].length; from += rowsPerChunk) {
      const rows = template[kind].slice(from, from + rowsPerChunk) as Template[TemplateKind];
      yield { _id: `${hash}:${kind}:${from / rowsPerChunk}`, hash, position: position++, kind, rows };
    }
  }
}
