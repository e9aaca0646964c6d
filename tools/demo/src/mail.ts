import type { ClusterUrls } from '@millrace/stack';
import { z } from 'zod';
import type { Notification } from './answers.ts';
import { claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import type { People } from './people.ts';
import { say } from './print.ts';

const mails = z.object({ items: z.array(z.object({ id: z.string(), subject: z.string(), messageId: z.string() })) });

const addressOf = ({ memberName }: People): string => `${memberName}@home.example`;

/** Where a mailbox stands in for a mail server; a real one is left in peace. */
const mailboxOf = (urls: ClusterUrls): string | undefined => urls['MAILBOX_URL'];

/** From now on the member is told by mail, too. */
export async function giveMailAddress(people: People, urls: ClusterUrls): Promise<void> {
  if (!mailboxOf(urls)) return;
  const contacts = { email: addressOf(people) };
  await people.member.notifications.put(
    '/preferences',
    { contacts },
    z.object({ contacts: z.object({ email: z.string() }) }),
  );
}

/** The one mail of the seeding. */
export async function readMail(people: People, urls: ClusterUrls, { title }: Notification): Promise<void> {
  const mailbox = mailboxOf(urls);
  if (!mailbox) return say('  SMTP_URL names a real mail server, so no mail is sent.');
  const found = await eventually('the mail of the seeding has come', async () => {
    const { items } = mails.parse(await (await fetch(`${mailbox}/mails?to=${addressOf(people)}`)).json());
    return items.length > 0 ? items : undefined;
  });
  claimEqual(
    'the subjects of all mails to the member',
    found.map(({ subject }) => subject),
    [title],
  );
  say(`  By mail as well, once, as ${found[0]?.messageId}: ${mailbox}/mails/${found[0]?.id}`);
}
