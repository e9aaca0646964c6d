import { randomUUID } from 'node:crypto';
import { type ClusterUrls, localToken } from '@millrace/stack';
import { claim } from './claim.ts';
import { type ServiceClient, serviceClient } from './service-client.ts';

/** Who takes part: a member of the products with an inbox of their own, and an operator of the cluster. */
export type People = {
  /** The member's `sub`; fresh in each demo, so that the inbox begins empty. */
  readonly memberName: string;
  readonly member: Desk;
  readonly operator: Desk;
};

/** The services as one person meets them. */
type Desk = Readonly<Record<'campaign' | 'music' | 'projects' | 'mesh' | 'notifications', ServiceClient>>;

export async function invitePeople(urls: ClusterUrls): Promise<People> {
  const memberName = `demo-${randomUUID().slice(0, 8)}`;
  const desk = (token: string): Desk => ({
    campaign: serviceClient(urlOf(urls, 'CAMPAIGN_URL'), token),
    music: serviceClient(urlOf(urls, 'MUSIC_URL'), token),
    projects: serviceClient(urlOf(urls, 'PROJECTS_URL'), token),
    mesh: serviceClient(urlOf(urls, 'MESH_URL'), token),
    notifications: serviceClient(urlOf(urls, 'NOTIFICATIONS_URL'), token),
  });
  return {
    memberName,
    member: desk(await localToken('member', memberName)),
    operator: desk(await localToken('operator', 'demo-operator')),
  };
}

/** @throws when the cluster does not have such a part. */
export function urlOf(urls: ClusterUrls, variable: string): string {
  const url = urls[variable];
  claim(url, `the cluster tells its ${variable}`);
  return url;
}
