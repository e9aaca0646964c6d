import type { SetupStep } from '../setup-step.ts';

type Ping = {
  readonly url: string;
  readonly secret: string;
  /** The same in every run, so that a receiver knows a repetition. */
  readonly id: string;
  readonly body: string;
  readonly signal: AbortSignal;
};

/** @returns the answer's status. */
export type SendPing = (ping: Ping) => Promise<number>;

export const webhooks = ({ ping }: { ping: SendPing }): SetupStep => ({
  key: 'webhooks',
  summary: 'Sends a signed ping to the address that its creator gave, if any.',
  compensation: 'nothing is sent there any more',
  timeoutMs: 30_000,
  input: ({ wish }) => ({ url: wish.webhookUrl }),
  async run({ project: { _id, wish, secrets }, id, signal }) {
    const { webhookUrl: url } = wish;
    if (url === null) return { output: { registered: false } };
    const body = JSON.stringify({ type: 'project.ping', data: { projectId: _id } });
    const answer = await ping({ url, secret: secrets?.webhookSecret ?? '', id: id('ping'), body, signal }).catch(
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (typeof answer === 'number' && answer < 300) return { output: { registered: true, url, status: answer } };
    const what = typeof answer === 'number' ? `answered ${answer}` : `could not be reached: ${answer}`;
    return { output: { registered: true, url }, warning: { code: 'ping-failed', message: `${url} ${what}` } };
  },
  undo: async () => ({ note: 'deregistered' }),
});
