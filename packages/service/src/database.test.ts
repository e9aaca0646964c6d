import { databaseUri } from './database.ts';

test.each([
  ['mongodb://h:1', 'mongodb://h:1/campaign'],
  ['mongodb://h:1/', 'mongodb://h:1/campaign'],
  ['mongodb://h:1/other?replicaSet=rs', 'mongodb://h:1/campaign?replicaSet=rs'],
  ['mongodb://a:1,b:2/?replicaSet=rs', 'mongodb://a:1,b:2/campaign?replicaSet=rs'],
  ['mongodb://u:p@h:1', 'mongodb://u:p@h:1/campaign?authSource=admin'],
  ['mongodb://u:p@h:1/users?tls=true', 'mongodb://u:p@h:1/campaign?tls=true&authSource=users'],
  ['mongodb+srv://u:p@h/?authSource=x', 'mongodb+srv://u:p@h/campaign?authSource=x'],
])('%s names the service’s own database', (uri, expected) => {
  expect(databaseUri(uri, 'campaign')).toBe(expected);
});
