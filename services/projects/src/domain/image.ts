import { v5 as uuidv5 } from 'uuid';
import type { Picture } from './picture.ts';

/** Somebody who needs an image for a time, such as `batch:<id>`. */
export type Reference = { readonly holder: string; readonly until: Date };

/** A picture of a project. */
export type ProjectImage = Picture & {
  readonly _id: string;
  readonly projectId: string;
  /** As its uploader called it. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Where it lies in the artifact store. Never used again, so a file without a row can safely go. */
  readonly key: string;
  readonly uploadedBy: string;
  readonly references: readonly Reference[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const namespace = '8a4be2a4-3f2a-5c5b-8f0e-0c6a5d2f6b11';

/** The same bytes in the same project are the same image. */
export const imageIdOf = (projectId: string, sha256: string): string => uuidv5(`${projectId}:${sha256}`, namespace);

/** All that this service keeps in the store lies below it. */
export const imagePrefix = 'projects';

export const imageKey = ({
  projectId,
  uploadId,
  extension,
}: {
  projectId: string;
  uploadId: string;
  extension: string;
}) => `${imagePrefix}/${projectId}/images/${uploadId}.${extension}`;

/** Who still needs it. */
export const holdersOf = ({ references }: Pick<ProjectImage, 'references'>, now = new Date()): string[] =>
  references.filter(({ until }) => until > now).map(({ holder }) => holder);
