import { noticeChannels, sentChannels } from '@millrace/contracts/notifications';

export const channels = noticeChannels;
export type Channel = (typeof channels)[number];
export { sentChannels };
export type SentChannel = (typeof sentChannels)[number];

/** Programs read webhooks: they are never asleep, and they want each event by itself. */
export const isForPeople = (channel: Channel): boolean => channel !== 'webhook';
