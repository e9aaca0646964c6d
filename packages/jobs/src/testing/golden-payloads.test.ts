import { newPrice } from '../run/releases-under-test.ts';
import { goldenPayloads } from './golden-payloads.ts';

const golden = { 1: { euros: 7 }, 2: { cents: 700, currency: 'EUR' } };

test('a contract whose versions become its newest one is sound', () => {
  expect(() => goldenPayloads(newPrice, golden)).not.toThrow();
});

test.each([
  ['is missing', { 2: golden[2] }, 'version 1: it has no golden payload'],
  ['is refused', { ...golden, 1: { euros: 'seven' } }, 'version 1: euros: '],
  ['becomes something else', { ...golden, 1: { euros: 8 } }, 'version 1 becomes {"cents":800,"currency":"EUR"}'],
  ['is of no version', { ...golden, 3: {} }, 'version 3: the contract has no such version'],
])('a golden payload that %s is told by its version', (_what, payloads, message) => {
  expect(() => goldenPayloads(newPrice, payloads)).toThrow(message);
});

test('an upcast that is missing or throws is told', () => {
  expect(() => goldenPayloads({ ...newPrice, upcasts: {} }, golden)).toThrow('version 1 has no upcast to 2');
});
