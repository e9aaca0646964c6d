import { meshModes } from '@millrace/contracts/mesh';
import { type InputError, invalidInput, type User } from '@millrace/service';
import { z } from 'zod';
import { isInternal } from '../domain/internal-address.ts';
import { type Checked, checkParameters } from '../domain/parameters.ts';
import { type Preset, presetOf, presets } from '../domain/presets.ts';

const metadataLimit = 1_024;

/** How a mesh is to be made. */
export const makingWish = {
  mode: z.enum(meshModes).default('auto'),
  preset: z.string().max(60).optional().meta({ description: 'By id or name, see GET /presets.', example: 'balanced' }),
  parameters: z
    .record(z.string().max(60), z.unknown())
    .default({})
    .meta({
      description: 'See GET /presets for all of them; what is given wins over the preset.',
      example: { detailFactor: 0.02 },
    }),
};

/** What every mesh may carry. */
export const companions = {
  metadata: z
    .record(z.string().max(100), z.unknown())
    .refine(
      (metadata) => Buffer.byteLength(JSON.stringify(metadata)) <= metadataLimit,
      `may have at most ${metadataLimit} bytes as JSON`,
    )
    .default({})
    .meta({ description: 'Told back; no meaning here.' }),
  reuse: z.boolean().default(true).meta({ description: 'Whether files of an equal mesh may stand for it.' }),
};

export const imageUrl = z.url({ protocol: /^https?$/ }).max(2_048);

/** Who asks for a mesh or batch, by which command. */
export type Asking = {
  readonly user: Pick<User, 'sub'>;
  readonly commandId: string;
  readonly authorization: string | undefined;
};

/** Parameters that were looked at, ready to be written down. */
export type Making = Pick<Checked, 'parameters' | 'warnings'> & { readonly preset: string | null };

type Wish = { mode: (typeof meshModes)[number]; preset?: string | undefined; parameters: Record<string, unknown> };

/** @throws Problem 422 with an error for each parameter that is wrong. */
export function checkedMaking(wish: Wish): Making {
  const { making, errors } = lookAt(wish);
  if (errors.length > 0) throw invalidInput(errors);
  return making;
}

/** What would become of a wish, and what is wrong with it. */
export function lookAt({ mode, preset: wanted, parameters: given }: Wish): { making: Making; errors: InputError[] } {
  const preset = wanted === undefined ? undefined : presetOf(slug(wanted));
  const { parameters, errors, warnings } = checkParameters(given, mode, preset?.parameters);
  return {
    making: { parameters, warnings, preset: preset?.id ?? null },
    errors: [
      ...unknownPreset(wanted, preset),
      ...errors.map(({ parameter, message }) => ({ path: `body.parameters.${parameter}`, message })),
    ],
  };
}

/** `High Detail` and `high_detail` are `high-detail`. */
const slug = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');

function unknownPreset(wanted: string | undefined, preset: Preset | undefined): InputError[] {
  if (wanted === undefined || preset) return [];
  return [{ path: 'body.preset', message: `must be one of ${presets.map(({ id }) => id).join(', ')}` }];
}

/** @throws Problem 422 for an address that the engine must not be led to. */
export function requireOutside(address: string, services: readonly string[]): void {
  const { username, password } = new URL(address);
  if (username || password)
    throw invalidInput([{ path: 'body.imageUrl', message: 'must not carry a user or password' }]);
  if (isInternal(address, services)) {
    throw invalidInput([
      {
        path: 'body.imageUrl',
        message: 'leads to a service of this cluster; name the picture by projectId and imageId',
      },
    ]);
  }
}
