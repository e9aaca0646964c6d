/** A TypeScript service of this repository that runs in a cluster. */
export type ServiceRow = {
  readonly name: string;
  readonly port: number;
  /** Overrides the port for `make up`. */
  readonly portVariable: string;
  /** How other services, programs and tests find it. */
  readonly urlVariable: string;
};

/** What people look at: it asks the services below and performs no jobs of its own. */
export const consoleRow: ServiceRow = {
  name: 'console',
  port: 4100,
  portVariable: 'CONSOLE_PORT',
  urlVariable: 'CONSOLE_URL',
};

/** The services that perform jobs, in the order of their ports. */
export const serviceTable: readonly ServiceRow[] = [
  { name: 'campaign', port: 4101, portVariable: 'CAMPAIGN_PORT', urlVariable: 'CAMPAIGN_URL' },
  { name: 'music', port: 4102, portVariable: 'MUSIC_PORT', urlVariable: 'MUSIC_URL' },
  { name: 'projects', port: 4103, portVariable: 'PROJECTS_PORT', urlVariable: 'PROJECTS_URL' },
  { name: 'mesh-orchestrator', port: 4104, portVariable: 'MESH_PORT', urlVariable: 'MESH_URL' },
  { name: 'notifications', port: 4105, portVariable: 'NOTIFICATIONS_PORT', urlVariable: 'NOTIFICATIONS_URL' },
];

/** A program that plays somebody else's part while no real one is named. */
export type SimulatorRow = {
  readonly name: string;
  readonly port: number;
  /** Overrides the port for `make up`. */
  readonly portVariable: string;
  /** The real one's URL; when it is set, no simulator is started. */
  readonly urlVariable: string;
  /** The service that asks it. */
  readonly user: string;
  /** Behind the address of the simulator, in the URL variable. Default: nothing. */
  readonly path?: string;
  /** Where its users come in, when that is not by HTTP at its port, and what tells others where it is looked at. Default: nothing. */
  readonly door?: {
    readonly scheme: string;
    readonly port: number;
    readonly portVariable: string;
    readonly shownAs: string;
  };
  /** What the services need besides the URL; variables that are set already win. */
  readonly environment: Readonly<Record<string, string>>;
};

/** Kept sorted by name. */
export const simulatorTable: readonly SimulatorRow[] = [
  {
    name: 'discogs',
    port: 4112,
    portVariable: 'DISCOGS_PORT',
    urlVariable: 'DISCOGS_URL',
    user: 'music',
    environment: { DISCOGS_TOKEN: 'token-simulator' },
  },
  {
    name: 'image-provider',
    port: 4110,
    portVariable: 'IMAGE_PROVIDER_PORT',
    urlVariable: 'IMAGEKIT_API_URL',
    user: 'campaign',
    environment: { IMAGEKIT_PRIVATE_KEY: 'private_simulator' },
  },
  {
    name: 'mailbox',
    port: 4113,
    portVariable: 'MAILBOX_PORT',
    urlVariable: 'SMTP_URL',
    user: 'notifications',
    door: { scheme: 'smtp', port: 4114, portVariable: 'MAILBOX_SMTP_PORT', shownAs: 'MAILBOX_URL' },
    environment: { MAIL_FROM: 'Millrace <millrace@mailbox.example>' },
  },
  {
    name: 'musicbrainz',
    port: 4111,
    portVariable: 'MUSICBRAINZ_PORT',
    urlVariable: 'MUSICBRAINZ_URL',
    user: 'music',
    path: '/ws/2',
    environment: {},
  },
];
