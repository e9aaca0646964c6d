import type { EventContract } from '@millrace/contracts';
import {
  campaignAssigned,
  campaignMemberInvited,
  campaignSeeded,
  campaignSeedingFailed,
  poolCritical,
  poolLow,
  poolRecovered,
} from '@millrace/contracts/campaign';
import { deadLettersAppeared, deadLettersCleared } from '@millrace/contracts/every-service';
import {
  batchCompleted,
  batchFailed,
  jobAlerted,
  meshCompleted,
  meshFailed,
  usageReported,
} from '@millrace/contracts/mesh';
import { albumImportFailed, albumReleasesImported } from '@millrace/contracts/music';
import { projectMemberInvited, projectReady, projectSetupFailed } from '@millrace/contracts/projects';
import type { z } from 'zod';
import { type Action, type ActionName, actionsOn, alertActions, type Labels } from './action.ts';
import { alertId, alertPage } from './alert.ts';
import type { Category } from './category.ts';
import type { SentChannel } from './channel.ts';
import type { Level } from './delivery.ts';
import { type InLocales, nearest, ownLocale } from './locale.ts';
import type { Text } from './message.ts';
import { phrasesIn } from './phrases.ts';
import type { Template } from './template.ts';
import { albumImportFailedText } from './templates/album-import-failed.ts';
import { albumReleasesImportedText } from './templates/album-releases-imported.ts';
import { batchCompletedText, batchFailedText } from './templates/batch-end.ts';
import { campaignAssignedText } from './templates/campaign-assigned.ts';
import { campaignMemberInvitedText } from './templates/campaign-member-invited.ts';
import { campaignSeededText } from './templates/campaign-seeded.ts';
import { campaignSeedingFailedText } from './templates/campaign-seeding-failed.ts';
import { deadLettersAppearedText, deadLettersClearedText } from './templates/dead-letters.ts';
import { jobAlertedText } from './templates/job-alerted.ts';
import { meshCompletedText } from './templates/mesh-completed.ts';
import { meshFailedText } from './templates/mesh-failed.ts';
import { poolCriticalText, poolLowText, poolRecoveredText } from './templates/pool-level.ts';
import { projectMemberInvitedText } from './templates/project-member-invited.ts';
import { projectReadyText } from './templates/project-ready.ts';
import { projectSetupFailedText } from './templates/project-setup-failed.ts';
import { usageReportedText } from './templates/usage-reported.ts';

/** Who is told of an event, and how. */
type NoticeRule<Data = unknown> = {
  readonly category: Category;
  /** Users by their `sub`; null and repetitions are left out. @param operators who is told how the cluster fares. */
  recipients(data: Data, operators: readonly string[]): readonly (string | null)[];
  readonly template: Template<Data>;
  /** Default `info`. */
  readonly level?: Level;
  /** The ways that it goes beside the inbox, as far as people have them switched on. Default: all. */
  readonly channels?: readonly SentChannel[];
  /** What can be done about it at once. Default: nothing. */
  actions?(data: Data): readonly ActionName[];
  /** What many of them within a moment are called together; one that has none is sent by itself. */
  readonly many?: InLocales<(count: number) => string>;
  /** Sent at most once in half an hour for the same key; the inbox shows each. */
  throttle?(data: Data): string;
  /** What is wrong with the cluster as long as the other event does not say that it is over. */
  alert?(data: Data): { readonly key: string; readonly incident?: string; readonly isOver?: true };
};

/** A rule with the event that it is for. */
export type Row = NoticeRule & { readonly contract: EventContract };

/** Every event that people hear of, by type. A new one takes a row here and its template; a row is heard by itself. */
export const catalogue: ReadonlyMap<string, Row> = new Map([
  row(campaignAssigned, {
    category: 'campaign',
    recipients: ({ ownerId }) => [ownerId],
    template: campaignAssignedText,
  }),
  row(campaignMemberInvited, {
    category: 'campaign',
    recipients: ({ sub }) => [sub],
    template: campaignMemberInvitedText,
  }),
  row(campaignSeeded, {
    category: 'campaign',
    recipients: ({ requestedBy }) => [requestedBy],
    template: campaignSeededText,
  }),
  row(campaignSeedingFailed, {
    category: 'campaign',
    recipients: ({ requestedBy }) => [requestedBy],
    template: campaignSeedingFailedText,
    actions: () => ['seed'],
    level: 'failure',
  }),
  row(meshCompleted, {
    category: 'mesh',
    recipients: unlessBatched,
    template: meshCompletedText,
    many: { en: (count) => `${count} meshes are ready`, de: (count) => `${count} Meshes sind fertig` },
  }),
  row(meshFailed, {
    category: 'mesh',
    recipients: unlessBatched,
    template: meshFailedText,
    actions: () => ['retry'],
    level: 'failure',
    many: {
      en: (count) => `${count} meshes could not be made`,
      de: (count) => `${count} Meshes ließen sich nicht machen`,
    },
  }),
  row(batchCompleted, {
    category: 'mesh',
    recipients: ({ ownerId }) => [ownerId],
    template: batchCompletedText,
    actions: ({ failed }) => (failed > 0 ? ['retry-failed'] : []),
  }),
  row(batchFailed, {
    category: 'mesh',
    recipients: ({ ownerId }) => [ownerId],
    template: batchFailedText,
    actions: () => ['retry-failed'],
    level: 'failure',
  }),
  row(albumReleasesImported, {
    category: 'music',
    recipients: ({ requestedBy }) => [requestedBy],
    template: albumReleasesImportedText,
  }),
  row(albumImportFailed, {
    category: 'music',
    recipients: ({ requestedBy }) => [requestedBy],
    template: albumImportFailedText,
    actions: () => ['import'],
    level: 'failure',
  }),
  row(poolLow, {
    category: 'operations',
    recipients: toOperators,
    template: poolLowText,
    actions: () => ['refill'],
    throttle: ({ type }) => `pool-low:${type}`,
    alert: ofPool,
  }),
  row(poolCritical, {
    category: 'operations',
    recipients: toOperators,
    template: poolCriticalText,
    actions: () => ['refill'],
    level: 'critical',
    throttle: ({ type }) => `pool-critical:${type}`,
    alert: ofPool,
  }),
  row(projectReady, {
    category: 'project',
    recipients: ({ requestedBy }) => [requestedBy],
    template: projectReadyText,
  }),
  row(projectMemberInvited, {
    category: 'project',
    recipients: ({ sub }) => [sub],
    template: projectMemberInvitedText,
  }),
  row(projectSetupFailed, {
    category: 'project',
    recipients: ({ requestedBy }) => [requestedBy],
    template: projectSetupFailedText,
    actions: () => ['resume'],
    level: 'failure',
  }),
  row(poolRecovered, {
    category: 'operations',
    recipients: toOperators,
    template: poolRecoveredText,
    alert: (data) => ({ ...ofPool(data), isOver: true as const }),
  }),
  row(usageReported, {
    category: 'operations',
    recipients: toOperators,
    template: usageReportedText,
    // A report to be read at leisure: nobody is disturbed by it.
    channels: ['email', 'webhook'],
  }),
  row(jobAlerted, {
    category: 'operations',
    recipients: toOperators,
    template: jobAlertedText,
    level: 'critical',
    throttle: ({ fingerprint }) => `job-alerted:${fingerprint}`,
    alert: ({ fingerprint }) => ({ key: `job:${fingerprint}` }),
  }),
  row(deadLettersAppeared, {
    category: 'operations',
    recipients: toOperators,
    template: deadLettersAppearedText,
    throttle: ({ service, fingerprint }) => `dead-letters:${service}:${fingerprint}`,
    alert: ofDeadLetters,
  }),
  row(deadLettersCleared, {
    category: 'operations',
    recipients: toOperators,
    template: deadLettersClearedText,
    // Whoever dealt with them knows; the others find it in their inbox.
    channels: [],
    alert: (data) => ({ ...ofDeadLetters(data), isOver: true as const }),
  }),
]);

/** What is said of an event, where it leads, and what can be done there and about the alert that it opens. @param wish the language that it is to be nearest to; default English. */
export function textOf(
  { template, actions = () => [], alert }: Pick<Row, 'template' | 'actions' | 'alert'>,
  data: unknown,
  wish: string = ownLocale,
): Text {
  const { locale, words } = nearest(wish, { ...template.translations, [ownLocale]: template });
  const link = template.link(data);
  const { actions: labels } = phrasesIn(locale);
  const offered = [...actionsOn(link, actions(data), labels), ...actionsOnAlert(alert?.(data), labels)];
  return { title: words.title(data), body: words.body(data), link, locale, actions: offered };
}

function actionsOnAlert(alert: ReturnType<NonNullable<Row['alert']>> | undefined, labels: Labels): readonly Action[] {
  return alert && !alert.isOver ? actionsOn(alertPage(alertId(alert.key)), alertActions, labels) : [];
}

/** Of a batch its end is told, and not each of its meshes. */
function unlessBatched({ ownerId, batchId }: { ownerId: string; batchId: string | null }): readonly string[] {
  return batchId === null ? [ownerId] : [];
}

function ofPool({ type, incidentId }: { type: string; incidentId: string }) {
  return { key: `pool:${type}`, incident: incidentId };
}

function ofDeadLetters({ service, fingerprint, incidentId }: Record<'service' | 'fingerprint' | 'incidentId', string>) {
  return { key: `dead-letters:${service}:${fingerprint}`, incident: incidentId };
}

function toOperators(_: unknown, operators: readonly string[]): readonly string[] {
  return operators;
}

function row<Type extends string, Data extends z.ZodType>(
  contract: EventContract<Type, Data>,
  rule: NoticeRule<z.output<Data>>,
): [string, Row] {
  return [contract.type, { contract, ...(rule as NoticeRule) }];
}
