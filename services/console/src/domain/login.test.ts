import { pageToReturnTo } from './login.ts';

test.each([
  ['/', '/'],
  ['/jobs?state=failed&q=%2Fx', '/jobs?state=failed&q=%2Fx'],
  ['/meshes/0198', '/meshes/0198'],
  [undefined, '/'],
  [['/jobs'], '/'],
  ['', '/'],
  ['jobs', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['/jobs\r\nSet-Cookie: a=b', '/'],
  ['/sign-in?why=expired', '/'],
  ['/api/campaign/jobs', '/'],
  ['/apiary', '/apiary'],
  [`/${'a'.repeat(2_000)}`, '/'],
])('after signing in with the wish %j one goes to %j', (wish, page) => {
  expect(pageToReturnTo(wish)).toBe(page);
});
