import type { deadLettersAppeared, deadLettersCleared } from '@millrace/contracts/every-service';
import type { TemplateOf } from '../template.ts';

const cause = {
  service: 'campaign',
  fingerprint: '0a1b2c3d4e5f6071',
  incidentId: 'campaign:0a1b2c3d4e5f6071:1',
  name: 'campaign.seed',
};

const pageOf = ({ service, fingerprint }: { service: string; fingerprint: string }): string =>
  `/dead-letters/${service}/${fingerprint}`;

export const deadLettersAppearedText: TemplateOf<typeof deadLettersAppeared> = {
  version: 1,
  sample: {
    ...cause,
    source: 'job',
    error: { code: 'campaign-missing', message: 'there is no such campaign' },
    count: 1,
  },
  link: pageOf,
  title: ({ name, service }) => `${name} of ${service} has failed for good`,
  body: ({ source, count, error }) =>
    `${count === 1 ? `A ${source} is` : `${count} ${source}s are`} among the dead letters by ${error.code}: ` +
    `${error.message}. `.replaceAll('..', '.') +
    'Replay, park or resolve them; more of the same are not told.',
};

export const deadLettersClearedText: TemplateOf<typeof deadLettersCleared> = {
  version: 1,
  sample: cause,
  link: pageOf,
  title: ({ name, service }) => `The dead letters of ${name} in ${service} are dealt with`,
  body: () => 'All of this cause were replayed, parked, resolved or deleted.',
};
