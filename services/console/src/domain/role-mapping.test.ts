import { roleFrom } from './role-mapping.ts';

const words = { admin: ['platform-admins'], operator: ['on-call', 'sre'] };
const byGroups = { claim: 'groups', words, otherwise: undefined };

test.each([
  ['one word in a text', { groups: 'sre' }, 'operator'],
  ['the highest of several', { groups: ['on-call', 'platform-admins', 'staff'] }, 'admin'],
  ['a role that is not listed, by its own name', { groups: ['viewer'] }, 'viewer'],
  ['a role that is listed, by its own name no more', { groups: ['admin'] }, undefined],
  ['words of other kinds', { groups: [7, null, { name: 'sre' }] }, undefined],
  ['nothing', {}, undefined],
])('%s gives its role', (_what, claims, role) => {
  expect(roleFrom(claims, byGroups)).toBe(role);
});

test('a claim is found by its whole name before its path, and never outside of what was told', () => {
  const role = (claim: string, claims: object) => roleFrom({ ...claims }, { claim, words, otherwise: undefined });

  expect(role('realm_access.roles', { realm_access: { roles: ['sre'] } })).toBe('operator');
  expect(role('https://example.org/roles', { 'https://example.org/roles': ['platform-admins'] })).toBe('admin');
  expect(role('constructor.name', {})).toBeUndefined();
  expect(role('a.b.c', { a: 'sre' })).toBeUndefined();
});

test('who holds none of the words gets the role for everybody else, where there is one', () => {
  expect(roleFrom({ groups: ['staff'] }, { ...byGroups, otherwise: 'viewer' })).toBe('viewer');
  expect(roleFrom({ groups: ['sre'] }, { ...byGroups, otherwise: 'viewer' })).toBe('operator');
});
