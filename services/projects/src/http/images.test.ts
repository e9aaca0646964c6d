import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { png } from '../pictures-for-tests.ts';
import { type Call, serviceForTests } from '../service-for-tests.ts';

type Image = { id: string; url: string; name: string; heldBy: string[]; sha256: string };
type Uploaded = Image & { items: Image[]; code: string; detail: string };

let service: Awaited<ReturnType<typeof serviceForTests>>;
let ann: Call;
let bob: Call;
let projectId: string;
beforeAll(async () => {
  service = await serviceForTests();
  [ann, bob] = [await service.as('ann'), await service.as('bob')];
});
beforeEach(async () => {
  projectId = (await ann<{ id: string }>('POST', '/projects', { body: { name: 'Lantern' } })).body.id;
});

const formOf = (...files: readonly Buffer[]) => {
  const form = new FormData();
  for (const [place, bytes] of files.entries())
    form.append('files', new Blob([new Uint8Array(bytes)]), `picture ${place}.png`);
  return form;
};

const upload = (...files: readonly Buffer[]) =>
  ann<Uploaded>('POST', `/projects/${projectId}/images`, { body: formOf(...files) });

const imagesOf = async () => (await ann<{ items: Image[] }>('GET', `/projects/${projectId}/images`)).body.items;

const filesOf = async (id = projectId) => (await service.files()).filter((path) => path.includes(id));

describe('uploading', () => {
  test('one file answers 201 with the image, told by its bytes', async () => {
    const picture = png(7, 5);

    const { status, headers, body } = await upload(picture);

    expect([status, headers.get('location')]).toEqual([201, `/projects/${projectId}/images/${body.id}`]);
    const { items, ...image } = body;
    expect(image).toEqual({
      id: body.id,
      projectId,
      name: 'picture 0.png',
      mediaType: 'image/png',
      width: 7,
      height: 5,
      bytes: picture.length,
      sha256: createHash('sha256').update(picture).digest('hex'),
      uploadedBy: 'ann',
      heldBy: [],
      url: expect.stringContaining(`/projects/${projectId}/images/${body.id}/file?expires=`),
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(items).toEqual([image]);
  });

  test('several files answers with all, in their order', async () => {
    const { status, body } = await upload(png(1, 1), png(2, 2), png(3, 3));

    expect([status, body.id, body.items.map(({ name }) => name)]).toEqual([
      201,
      undefined,
      ['picture 0.png', 'picture 1.png', 'picture 2.png'],
    ]);
    expect((await filesOf()).length).toBe(3);
  });

  test('the same bytes twenty times at once leaves one image and one file', async () => {
    const picture = png(9, 9);

    const answers = await Promise.all(Array.from({ length: 20 }, () => upload(picture)));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect([(await imagesOf()).length, (await filesOf()).length]).toEqual([1, 1]);
  });

  test('a file that is no picture refuses all of them and names it', async () => {
    const { status, body } = await upload(png(4, 4), Buffer.from('GIF89a, or text'));

    expect([status, body.code]).toEqual([415, 'unsupported-media-type']);
    expect(body.detail).toContain('"picture 1.png"');
    expect([await imagesOf(), await filesOf()]).toEqual([[], []]);
  });

  test('more than 25 MiB is refused, and 25 MiB are taken', async () => {
    const limit = 25 * 1_048_576;
    const padded = (bytes: number) => Buffer.concat([png(4, 4), Buffer.alloc(bytes)]).subarray(0, bytes);

    const [fits, tooLarge] = [await upload(padded(limit)), await upload(padded(limit + 1))];

    expect([fits.status, tooLarge.status, tooLarge.body.code]).toEqual([201, 413, 'body-too-large']);
    expect((await filesOf()).length).toBe(1);
  });

  test('is not open to viewers, nor to those whose project it is not', async () => {
    const viewer = await service.as('vic', 'viewer');
    const send = (call: Call) => call('POST', `/projects/${projectId}/images`, { body: formOf(png(2, 2)) });

    expect([(await send(viewer)).status, (await send(bob)).status]).toEqual([403, 404]);
  });
});

describe('the bytes of an image', () => {
  test('come to whoever has its link, as they were sent', async () => {
    const picture = png(8, 6);
    const { url, sha256 } = (await upload(picture)).body;

    const answer = await fetch(service.url + url);

    expect(Buffer.from(await answer.arrayBuffer()).equals(picture)).toBe(true);
    expect(['content-type', 'content-length', 'etag'].map((name) => answer.headers.get(name))).toEqual([
      'image/png',
      `${picture.length}`,
      `"${sha256}"`,
    ]);
  });

  test('come by no link that was changed, and by none that is for another image', async () => {
    const [one, other] = (await upload(png(5, 5), png(6, 6))).body.items;
    const query = new URL(one?.url ?? '', service.url).search;

    const answers = await Promise.all(
      [`${one?.url}x`, `/projects/${projectId}/images/${other?.id}/file${query}`].map((path) =>
        fetch(service.url + path),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect((await fetch(`${service.url}/projects/${projectId}/images/${one?.id}/file`)).status).toBe(422);
  });
});

test('images are listed in pages, newest first', async () => {
  const sent: string[] = [];
  for (const size of [1, 2, 3]) sent.unshift((await upload(png(size, size))).body.id);
  const path = `/projects/${projectId}/images?limit=2`;

  const first = await ann<{ items: Image[]; nextCursor: string }>('GET', path);
  const rest = await ann<{ items: Image[]; nextCursor: null }>('GET', `${path}&cursor=${first.body.nextCursor}`);

  expect([...first.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(sent);
});

describe('deleting an image', () => {
  test('removes it and its file, and another upload of the same bytes brings it back', async () => {
    const picture = png(3, 4);
    const { id, url } = (await upload(picture)).body;

    const gone = await ann('DELETE', `/projects/${projectId}/images/${id}`);

    expect([gone.status, await filesOf(), (await fetch(service.url + url)).status]).toEqual([204, [], 404]);
    expect((await ann('DELETE', `/projects/${projectId}/images/${id}`)).status).toBe(404);
    expect((await upload(picture)).body.id).toBe(id);
  });

  test('is refused while something works with it, by name, and goes after the last has let go', async () => {
    const { id } = (await upload(png(3, 4))).body;
    const path = `/projects/${projectId}/images/${id}`;
    const hold = (holder: string) =>
      ann<{ items: Image[] }>('PUT', `/projects/${projectId}/references/${holder}`, {
        body: { imageIds: [id], seconds: 60 },
      });
    await hold('batch:one');
    await hold('batch:two');

    const held = await hold('batch:one');
    const refused = await ann('DELETE', path);
    await ann('DELETE', `/projects/${projectId}/references/batch:one`);
    const stillRefused = await ann('DELETE', path);
    await ann('DELETE', `/projects/${projectId}/references/batch:two`);

    expect(held.body.items.map(({ heldBy }) => heldBy)).toEqual([['batch:one', 'batch:two']]);
    expect([refused.status, refused.body['detail']]).toEqual([409, 'the image is in use by batch:one, batch:two']);
    expect([stillRefused.status, (await ann('DELETE', path)).status]).toEqual([409, 204]);
  });

  test('is possible when whoever held it has let its time run out', async () => {
    const { id } = (await upload(png(3, 4))).body;
    const over = { holder: 'batch:dead', until: new Date(Date.now() - 1) };
    await service.database.collection('images').updateOne({ _id: id as never }, { $set: { references: [over] } });

    expect((await ann('DELETE', `/projects/${projectId}/images/${id}`)).status).toBe(204);
  });
});

test('holding a missing image holds none of the others', async () => {
  const { id } = (await upload(png(3, 4))).body;
  const missing = randomUUID();

  const answer = await ann('PUT', `/projects/${projectId}/references/batch:one`, {
    body: { imageIds: [id, missing], seconds: 60 },
  });

  expect([answer.status, answer.body['detail']]).toEqual([404, `the project has no image ${missing}`]);
  expect((await imagesOf()).map(({ heldBy }) => heldBy)).toEqual([[]]);
});

test('a stored file is byte for byte what was sent', async () => {
  const picture = png(64, 64);
  await upload(picture);
  const [path = ''] = await filesOf();

  expect((await readFile(path)).equals(picture)).toBe(true);
});
