import { z } from 'zod';
import {
  type BadEdition,
  type Edition,
  type EditionFields,
  type ReleaseStatus,
  releaseStatuses,
} from '../domain/edition.ts';
import { partialDate } from '../domain/partial-date.ts';
import { releaseFormat } from '../domain/release-format.ts';

const text = z.string().nullish();
const count = z.int().nonnegative().nullish();

/** The parts that we read; whatever else comes is kept in the payload. Every field but the id may be missing or null. */
const release = z.object({
  id: z.uuid(),
  title: text,
  disambiguation: text,
  status: text,
  packaging: text,
  country: text,
  date: text,
  barcode: text,
  asin: text,
  'text-representation': z.object({ language: text, script: text }).nullish(),
  'release-events': z
    .array(z.object({ area: z.object({ 'iso-3166-1-codes': z.array(z.string()).nullish() }).nullish() }))
    .nullish(),
  'label-info': z.array(z.object({ 'catalog-number': text, label: z.object({ name: text }).nullish() })).nullish(),
  media: z.array(z.object({ position: count, format: text, title: text, 'track-count': count })).nullish(),
  'cover-art-archive': z
    .object({
      front: z.boolean().nullish(),
      back: z.boolean().nullish(),
      darkened: z.boolean().nullish(),
      count,
    })
    .nullish(),
});

type Told = z.output<typeof release>;

/** Reads one entry of a list, by its place there. One that cannot be read spoils nothing but itself. */
export function readRelease(payload: unknown, place: number): Edition | BadEdition {
  const result = release.safeParse(payload);
  if (!result.success) {
    const { id } = z.object({ id: z.string() }).safeParse(payload).data ?? { id: null };
    const [issue] = result.error.issues;
    return {
      id,
      reason: `entry ${place}: ${issue?.path.join('.') || 'the entry'}: ${issue?.message ?? 'cannot be read'}`,
    };
  }
  return { id: result.data.id, fields: fieldsOf(result.data), payload: payload as Edition['payload'] };
}

function fieldsOf(told: Told): EditionFields {
  const media = mediaOf(told);
  return {
    title: told.title?.trim() || '[untitled]',
    disambiguation: told.disambiguation ?? '',
    status: statusOf(told.status),
    format: releaseFormat(media),
    ...partialDate(told.date),
    country: told.country ?? null,
    countries: countriesOf(told),
    barcode: told.barcode ?? null,
    packaging: told.packaging ?? null,
    language: told['text-representation']?.language ?? null,
    script: told['text-representation']?.script ?? null,
    asin: told.asin ?? null,
    labels: labelsOf(told),
    media,
    coverArt: coverOf(told),
  };
}

const statusOf = (status: string | null | undefined): ReleaseStatus | null =>
  releaseStatuses.find((one) => one === status?.toLowerCase()) ?? null;

const countriesOf = ({ country, 'release-events': events }: Told): string[] => [
  ...new Set([
    ...(country ? [country] : []),
    ...(events ?? []).flatMap(({ area }) => area?.['iso-3166-1-codes'] ?? []),
  ]),
];

const labelsOf = ({ 'label-info': labels }: Told): EditionFields['labels'] =>
  (labels ?? []).map((info) => ({ name: info.label?.name ?? null, catalogNumber: info['catalog-number'] ?? null }));

const mediaOf = ({ media }: Told): EditionFields['media'] =>
  (media ?? []).map((medium, index) => ({
    position: medium.position ?? index + 1,
    format: medium.format ?? null,
    title: medium.title ?? '',
    trackCount: medium['track-count'] ?? 0,
  }));

const coverOf = ({ 'cover-art-archive': art }: Told): EditionFields['coverArt'] => ({
  front: art?.front ?? false,
  back: art?.back ?? false,
  count: art?.count ?? 0,
  isDarkened: art?.darkened ?? false,
});
