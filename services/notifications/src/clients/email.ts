import { createTransport } from 'nodemailer';
import type { Delivery } from '../domain/delivery.ts';
import { asMailHtml, asMailText } from '../domain/message.ts';
import { type ChannelSender, excerpt, type Said, type Sending } from './channel-sender.ts';

type Mail = { readonly smtpUrl: string; readonly from: string; readonly timeoutMs: number };

type SmtpError = Error & {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
  readonly syscall?: string;
};

/** E-mail by SMTP: HTML and text, its Message-ID derived from the delivery. */
export function emailSender({ smtpUrl, from, timeoutMs }: Mail): ChannelSender {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url: smtpUrl, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  return async (delivery, sending) => {
    try {
      const { response } = await transport.sendMail(mailOf(delivery, sending, from));
      return { verdict: 'taken', status: statusOf(response), answer: excerpt(response) };
    } catch (error) {
      sending.signal.throwIfAborted();
      return refusalOf(error as SmtpError);
    }
  };
}

function mailOf({ _id, to, content, why, createdAt }: Delivery, { unsubscribeUrl }: Sending, from: string) {
  return {
    from,
    to,
    subject: content.title,
    text: asMailText(content, { unsubscribeUrl, why }),
    html: asMailHtml(content, { unsubscribeUrl, why }),
    messageId: messageIdOf(_id, from),
    date: createdAt,
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribeUrl && {
        'List-Unsubscribe': `<${unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
  };
}

/** In the sender's own domain, as mail servers like it. */
const messageIdOf = (id: string, from: string): string => `<${id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'}>`;

const statusOf = (response: string): number | null => Number(/^\d{3}/.exec(response)?.[0]) || null;

/** Codes by which a server says that there is no such mailbox, or no such domain. */
const noSuchAddress = [550, 551, 553];

function refusalOf(error: SmtpError): Said {
  const { responseCode, response, command, message } = error;
  const answer = excerpt(response ?? message);
  const status = responseCode ?? null;
  if (status === null) return { verdict: neverBegun(error) ? 'again' : 'unknown', status, answer };
  if (status < 500) return { verdict: 'again', status, answer };
  return { verdict: command === 'RCPT TO' && noSuchAddress.includes(status) ? 'bounced' : 'refused', status, answer };
}

const beforeAnyMail = ['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH'];

/** Whether it ended before a message could be handed over. Past that only the answer may be missing. */
const neverBegun = ({ code = '', syscall, message }: SmtpError): boolean =>
  beforeAnyMail.includes(code) ||
  syscall === 'connect' ||
  message === 'Connection timeout' ||
  message === 'Greeting never received';
