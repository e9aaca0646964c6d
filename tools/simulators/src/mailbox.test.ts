import { createTransport } from 'nodemailer';
import { startMailbox } from './mailbox.ts';

test('a mail that came in by SMTP is listed, found by whom it was for, and shown without what it brings along', async () => {
  const mailbox = await startMailbox();
  try {
    const transport = createTransport(mailbox.smtpUrl);
    const mail = {
      from: 'mill@race.example',
      subject: 'Ready <now>',
      text: 'It is ready.',
      html: '<p>It is <b>ready</b>.</p>',
    };
    for (const to of ['ann@home.example', 'bob@home.example']) await transport.sendMail({ ...mail, to });
    const get = async (path: string) => fetch(`${mailbox.url}${path}`);
    const { items } = (await (await get('/mails?to=ann@')).json()) as { items: { id: string; to: string }[] };
    const shown = await get(`/mails/${items[0]?.id}`);

    expect(items).toMatchObject([{ to: 'ann@home.example', subject: 'Ready <now>', text: 'It is ready.' }]);
    expect(await shown.text()).toContain('<p>It is <b>ready</b>.</p>');
    expect(shown.headers.get('content-security-policy')).toContain('sandbox');
    expect(await (await get('/')).text()).toMatch(/bob@home.example.*Ready &lt;now&gt;.*ann@home.example/s);
    expect((await get('/mails/99')).status).toBe(404);
  } finally {
    await mailbox.stop();
  }
});
