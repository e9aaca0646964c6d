import { cidrList } from '@millrace/outside';
import { baseUrl, commaList, serviceConfig } from '@millrace/service';
import { z } from 'zod';
import { isPrivateKey } from './domain/browser.ts';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Who is told how the cluster fares, by `sub`, separated by commas. Default: the ones that `make token` names. */
  ALERT_RECIPIENTS: commaList.default(['admin', 'operator']),
  /** Where alerts of the cluster go by mail, whoever is on duty. Default: MAIL_FROM, where that is set. */
  ALERT_EMAIL: z.email().optional(),
  /** The mail server, `smtp://user:password@host:port` or `smtps://…`. Without it no mail is sent. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/\S+/, 'must begin with smtp:// or smtps://')
    .optional(),
  /** The sender, `Name <address>` or the address alone. */
  MAIL_FROM: z.string().regex(/@/, 'must hold a mail address').optional(),
  /** Where alerts of the cluster go in Slack: an incoming webhook. */
  SLACK_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Signs what is pushed to browsers: a private key on P-256, 32 bytes in base64url. Default: follows from the local key, where that signs tokens; else nothing is pushed. */
  VAPID_PRIVATE_KEY: z
    .string()
    .refine(isPrivateKey, 'must be a private key on P-256, 32 bytes in base64url')
    .optional(),
  /** Whom push services may write to, `mailto:…` or `https://…`. Default: MAIL_FROM. */
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:[^\s@]+@|https:\/\/)\S+$/, 'must begin with mailto: or https://')
    .optional(),
  /** Private ranges, as CIDRs, to which messages may be sent all the same; those of IMAGE_FETCH_ALLOW count, too. */
  WEBHOOK_ALLOW: cidrList,
  IMAGE_FETCH_ALLOW: cidrList,
  /** A receiver has so long to answer. */
  DELIVERY_TIMEOUT_MS: z.coerce.number().int().min(50).max(60_000).default(15_000),
  /** Before the second of eight attempts; each later one waits twice as long. */
  DELIVERY_RETRY_MS: z.coerce.number().int().min(10).default(5_000),
  /** Messages of one kind wait so long for each other; 0 sends each at once. */
  DELIVERY_BURST_MS: z.coerce.number().int().min(0).max(3_600_000).default(30_000),
  /** So many messages a person gets by each channel in an hour; more are gathered until its end. 0 for any number. */
  DELIVERY_LIMIT_PER_HOUR: z.coerce.number().int().min(0).max(10_000).default(200),
  /** An entry of the inbox is deleted so many days after it was read, and so many after it was archived. */
  INBOX_KEEP_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  /** An entry of the inbox is deleted so many days after it came at the latest, also unread. */
  INBOX_KEEP_UNREAD_DAYS: z.coerce.number().int().min(1).max(3_650).default(365),
  /** An alert that nobody has taken on is told again after so long. */
  ALERT_REMINDER_MS: z.coerce.number().int().min(100).max(604_800_000).default(3_600_000),
  /** Where the outside reaches this service, for the links in mails. Default: this machine, at PORT. */
  PUBLIC_URL: baseUrl.optional(),
  /** Where people reach the console, for messages that lead to its pages. Without it they lead nowhere. */
  CONSOLE_URL: baseUrl.optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4105, ...(env && { env }) });
