import { asSlack, contentOf, gatheredContent } from './message.ts';

const text = (title: string, body = '') => contentOf({ title, body, link: null, locale: 'en' });

/** What a reader of Slack sees below the headline. */
const sectionsOf = (content: Parameters<typeof asSlack>[0]): string[] =>
  (asSlack(content).blocks as { text: { text: string } }[]).slice(1).map((block) => block.text.text);

test('a digest of twenty long notices reaches Slack whole, with how many more there are', () => {
  const notices = Array.from({ length: 25 }, (_, index) => text(`Notice ${index}`, 'x'.repeat(300)));

  const sections = sectionsOf(gatheredContent(notices, 'en'));

  expect(sections.join('\n').match(/Notice \d+/g)).toHaveLength(20);
  expect(sections.at(-2)).toBe('… and 5 more');
  expect(sections.at(-1)).toBe('/notifications');
});

test('a section for Slack is cut at 3,000 characters, and never within what stands for one', () => {
  const [section] = sectionsOf(text('Long', `${'x'.repeat(2_997)}&<`));
  const [pair] = sectionsOf(text('Long', `${'x'.repeat(2_999)}🎲`));

  expect(section).toBe('x'.repeat(2_997));
  expect(pair).toBe('x'.repeat(2_999));
});
