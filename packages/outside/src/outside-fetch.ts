import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, fetch, type Response } from 'undici';

/** The address is not for strangers' wishes. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export type OutsideFetch = (url: string, options: { signal: AbortSignal }) => Promise<Response>;

/** Posts once; a redirect is an answer like any other. */
export type OutsidePost = (
  url: string,
  message: { headers: Readonly<Record<string, string>>; body: string | Uint8Array; signal: AbortSignal },
) => Promise<Response>;

const redirectsFollowed = 3;

/**
 * Fetches what strangers name, over http and https: only from addresses of the open internet, and from those of `allow`. It is the
 * address of each connection that is looked at, so names that change their minds and redirects are held to it too.
 * @param allow CIDRs.
 * @throws AddressRefused, and whatever keeps a connection from being made.
 */
export function outsideFetch(allow: readonly string[]): OutsideFetch {
  const { agent, isOpen } = openAgent(allow);

  const follow = async (url: URL, signal: AbortSignal, left: number): Promise<Response> => {
    requireOpen(url, isOpen);
    const answer = await fetch(url, { dispatcher: agent, redirect: 'manual', signal });
    const target = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
    if (target === null) return answer;
    await answer.body?.cancel();
    if (left === 0) throw new AddressRefused(`${url.origin} redirects more than ${redirectsFollowed} times`);
    return follow(new URL(target, url), signal, left - 1);
  };
  return (url, { signal }) => follow(new URL(url), signal, redirectsFollowed);
}

/** As {@link outsideFetch}, for messages. */
export function outsidePost(allow: readonly string[]): OutsidePost {
  const { agent, isOpen } = openAgent(allow);
  return async (url, { headers, body, signal }) => {
    requireOpen(new URL(url), isOpen);
    return fetch(url, { method: 'POST', headers, body, dispatcher: agent, redirect: 'manual', signal });
  };
}

function openAgent(allow: readonly string[]) {
  const allowed = allow.map((range) => ipaddr.parseCIDR(range));
  const isOpen = (address: string): boolean => {
    const ip = ipaddr.process(address);
    return ip.range() === 'unicast' || allowed.some((range) => ip.kind() === range[0].kind() && ip.match(range));
  };
  return { isOpen, agent: new Agent({ connect: { lookup: openLookup(isOpen) }, keepAliveTimeout: 1 }) };
}

/** An address that is written as numbers is never looked up. */
function requireOpen({ protocol, hostname }: URL, isOpen: (address: string) => boolean): void {
  if (protocol !== 'http:' && protocol !== 'https:') throw new AddressRefused(`${protocol} is not fetched`);
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(literal) && !isOpen(literal)) throw new AddressRefused(`${hostname} is not of the open internet`);
}

const openLookup =
  (isOpen: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const open = (error ? [] : found).filter(({ address }) => isOpen(address));
      const [first] = open;
      if (!first) callback(error ?? new AddressRefused(`${hostname} leads to no address of the open internet`), []);
      else if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
