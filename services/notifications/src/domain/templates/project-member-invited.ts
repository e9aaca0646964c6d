import type { projectMemberInvited } from '@millrace/contracts/projects';
import type { TemplateOf } from '../template.ts';

export const projectMemberInvitedText: TemplateOf<typeof projectMemberInvited> = {
  version: 1,
  sample: {
    projectId: '0199a0b0-0000-7000-8000-000000000001',
    name: 'Harbour',
    slug: 'harbour',
    sub: 'ada',
    role: 'editor',
    invitedBy: 'bob',
  },
  link: ({ projectId }) => `/projects/${projectId}`,
  title: ({ name }) => `You are invited to the project ${name}`,
  body: ({ invitedBy, role, slug }) => `${invitedBy} has let you in as ${role}. It is at ${slug}.`,
  translations: {
    de: {
      title: ({ name }) => `Einladung zum Projekt ${name}`,
      body: ({ invitedBy, role, slug }) => `${invitedBy} lädt dazu ein, als ${role}. Es liegt unter ${slug}.`,
    },
  },
};
