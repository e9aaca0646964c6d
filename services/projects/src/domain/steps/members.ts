import type { Member } from '../project.ts';
import type { SetupStep } from '../setup-step.ts';

export const members: SetupStep = {
  key: 'members',
  summary: 'Lets the owner and those invited in.',
  compensation: 'those invited are let out again',
  timeoutMs: 10_000,
  input: ({ ownerId, wish }) => ({ ownerId, invited: wish.invited }),
  async run({ project: { ownerId, wish } }) {
    const owner: Member = { sub: ownerId, role: 'admin' };
    const others = new Map(wish.invited.filter(({ sub }) => sub !== ownerId).map((member) => [member.sub, member]));
    const all = [owner, ...others.values()];
    return { output: { members: all.length }, fields: { members: all } };
  },
  async undo({ project: { ownerId, members: all } }) {
    return { note: `let ${all.length - 1} out`, fields: { members: [{ sub: ownerId, role: 'admin' }] } };
  },
};
